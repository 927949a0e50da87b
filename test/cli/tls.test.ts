/** Certificates as an operator meets them: mistakes at the start, and files that change under a running gateway. */
import { mkdtempSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readServeOptions, type ServeValues } from "../../src/cli/options.ts";
import { readCertificateFiles } from "../../src/cli/serve/certificate-files.ts";
import { systemClock } from "../../src/clock.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { makeAuthority, type Pair, pair, pem } from "../support/certificates.ts";
import { mountVolume, type Volume } from "../support/config-map.ts";
import { ask } from "../support/gateway.ts";
import { turnsUntil } from "../support/manual-clock.ts";
import { type Program, run, serving } from "../support/process.ts";

const started: Program[] = [];
afterEach(async () => {
  for (const program of started.splice(0)) {
    program.child.kill("SIGKILL");
    await program.ended;
  }
});

function valuesOf(args: readonly string[]): ServeValues {
  const given = readServeOptions(args, {});
  if ("problem" in given) throw new Error(given.problem);
  return given.values;
}

const READ = "/openidm/managed/alpha_user?_queryFilter=true";

/** A Secret as cert-manager writes it. */
const secretOf = ({ cert, key }: Pair, ca = pem("ca")) => ({ "tls.crt": cert, "tls.key": key, "ca.crt": ca });

/** In front of a tenant that is well: what is told of troubles is told of certificates. */
let calm: Tenant | undefined;
beforeAll(async () => {
  calm = await startTenant({ clock: systemClock });
});
afterAll(() => calm?.close());

const flagsOf = (folder: string): readonly string[] => [
  `--tls-cert=${folder}/tls.crt`,
  `--tls-key=${folder}/tls.key`,
];

async function serve(folder: string, ...more: readonly string[]) {
  const program = await serving([...flagsOf(folder), `--upstream=${calm?.url}`, ...more]);
  started.push(program);
  const metric = async (sample: string): Promise<string | undefined> => {
    const { text } = await ask(program.admin, "GET", "/metrics");
    return text
      .split("\n")
      .find((line) => line.startsWith(`crest_gateway_${sample} `))
      ?.split(" ")[1];
  };
  const trouble = async (): Promise<unknown> =>
    (await ask(program.admin, "GET", "/status.json")).json().trouble;
  return { ...program, metric, trouble };
}

describe("what cannot be used ends the start with 2 and one clear sentence", () => {
  const folder = mkdtempSync(join(tmpdir(), "crest-gateway-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const [cert, key] = [file("tls.crt", pem("server")), file("tls.key", pem("server.key"))];
  const other = file("other.key", pem("client.key"));
  const text = file("text", "not PEM\n");

  it.each([
    [["--tls-cert", cert], `--tls-cert needs --tls-key too: a certificate and its key go together`],
    [["--tls-key", key], `--tls-key needs --tls-cert too: a certificate and its key go together`],
    [
      ["--upstream-cert", cert],
      `--upstream-cert needs --upstream-key too: a certificate and its key go together`,
    ],
    [
      ["--tls-client-ca", cert],
      "--tls-client-ca asks callers for certificates, which needs --tls-cert and --tls-key too",
    ],
    [
      ["--tls-cert", "/no/tls.crt", "--tls-key", key],
      "--tls-cert /no/tls.crt: ENOENT: no such file or directory",
    ],
    [
      ["--tls-cert", cert, "--tls-key", "/no/tls.key"],
      "--tls-key /no/tls.key: ENOENT: no such file or directory",
    ],
    [
      ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", "/no/ca.crt"],
      "--tls-client-ca /no/ca.crt: ENOENT",
    ],
    [["--upstream-ca", "/no/ca.crt"], "--upstream-ca /no/ca.crt: ENOENT: no such file or directory"],
    [
      ["--tls-cert", text, "--tls-key", key],
      `--tls-cert ${text}: there is no certificate in it; expected PEM`,
    ],
    [["--upstream-ca", text], `--upstream-ca ${text}: there is no certificate in it; expected PEM`],
    [
      ["--tls-cert", cert, "--tls-key", other],
      `--tls-key ${other}: this key does not belong to the certificate of --tls-cert ${cert}`,
    ],
  ])("%j", (args, says) => {
    const read = readCertificateFiles(valuesOf(["--upstream", "https://tenant.example.com", ...args]));
    expect(read).toEqual({ problem: expect.stringContaining(says) });
    expect("problem" in read && read.problem.startsWith(says) && !read.problem.includes("\n")).toBe(true);
  });

  it("of the program", async () => {
    const program = run(["--tls-cert", cert, "--tls-key", other]);
    started.push(program);
    expect(await program.ended).toMatchObject({ code: 2 });
    expect(program.stderr()).toMatch(
      /^crest-gateway: --tls-key .* this key does not belong to the certificate .*\n$/,
    );
    expect(program.stdout()).toBe("");
  });
});

it("before a simulated tenant, what there is to try is said as it has to be asked", async () => {
  const { folder } = mountVolume(secretOf(pair("server")));
  const program = await serving([...flagsOf(folder), `--tls-client-ca=${folder}/ca.crt`]);
  started.push(program);
  await program.printed(
    /curl -sk --cert CERTIFICATE --key KEY -o \/dev\/null .* 'https:\/\/127\.0\.0\.1:\d+\//,
  );
});

it("the ready line and the admin port say what is spoken", async () => {
  const { folder } = mountVolume(secretOf(pair("server")));
  const program = await serve(folder, `--tls-client-ca=${folder}/ca.crt`);
  expect(program.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(program.admin).toMatch(/^http:\/\//);
  const shown = { ca: pem("ca"), servername: "localhost", ...pair("client") };
  expect((await ask(program.url, "GET", READ, { tls: shown })).status).toBe(200);
  const ends = String(Date.UTC(2126, 9, 29, 14, 36, 9) / 1000);
  expect(await program.metric('certificate_expiry_seconds{use="listener"}')).toBe(ends);
  expect(await program.metric('certificate_expiry_seconds{use="listener-client-ca"}')).toBe(ends);
  expect(await program.metric('certificate_expiry_seconds{use="upstream-ca"}')).toBeUndefined();
  expect(await program.trouble()).toEqual([]);
});

it("a certificate that has ended is served and complained about", async () => {
  const { folder } = mountVolume(secretOf(pair("expired")));
  const program = await serve(folder);
  await program.printed(
    /"level":"warn".*tls\.crt: it was valid until 2020-01-02 only, nobody accepts it; renew it/,
  );
  expect(await program.trouble()).toEqual([
    expect.stringMatching(/^certificate listener: it ended on 2020-01-02T/),
  ]);
});

describe("files that change", () => {
  it("are taken over on each swap of a Secret's symbolic links, under load, and nothing is lost", async (context) => {
    const authority = makeAuthority(context, "gateway");
    const secret = mountVolume(secretOf(authority.issue("one")));
    const program = await serve(secret.folder);
    const trusting = { ca: authority.ca, servername: "localhost" };
    const kept = new https.Agent({ keepAlive: true, maxSockets: 2, ...trusting });
    const anew = new https.Agent({ maxCachedSessions: 0, ...trusting });
    let asking = true;
    const statuses: number[] = [];
    const caller = async (agent: https.Agent): Promise<void> => {
      while (asking) statuses.push((await ask(program.url, "GET", READ, { agent })).status);
    };
    const callers = [kept, kept, anew].map(caller);
    const shown = new Set<string>();
    anew.on("keylog", (_, socket) =>
      socket.once("secureConnect", () => shown.add(socket.getPeerCertificate().subject.CN)),
    );
    await turnsUntil(() => shown.has("one"));
    for (const [index, name] of ["two", "three"].entries()) {
      secret.update(secretOf(authority.issue(name, 10 + index)));
      await program.printed(new RegExp(`(?:"msg":"certificate reloaded"[^]*){${index + 1}}`));
      await turnsUntil(() => shown.has(name));
    }
    asking = false;
    await Promise.all(callers);
    kept.destroy();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(shown).toEqual(new Set(["one", "two", "three"]));
    expect(await program.metric('certificate_reloads_total{use="listener",result="success"}')).toBe("2");
    const ends = Number(await program.metric('certificate_expiry_seconds{use="listener"}'));
    expect(ends - Date.now() / 1000).toBeGreaterThan(10 * 86_400);
    expect(ends - Date.now() / 1000).toBeLessThan(12 * 86_400);
  });

  it("are in force on their side at once, and leave the other side alone", () => {
    const [callers, tenant] = [mountVolume(secretOf(pair("server"))), mountVolume(secretOf(pair("client")))];
    const flags = (prefix: string, { folder }: Volume): string[] => [
      ...[`--${prefix}-cert`, `${folder}/tls.crt`],
      ...[`--${prefix}-key`, `${folder}/tls.key`],
    ];
    const ca = [`--upstream-ca`, `${tenant.folder}/ca.crt`];
    const read = readCertificateFiles(
      valuesOf([...flags("tls", callers), ...flags("upstream", tenant), ...ca]),
    );
    if ("problem" in read) throw new Error(read.problem);
    const { certificates } = read;
    const before = certificates.pemOf("listener");
    expect(before).toEqual(pair("server"));
    expect(certificates.pemOf("upstream")).toEqual({ ...pair("client"), ca: pem("ca") });
    tenant.update(secretOf(pair("other-name"), pem("other-name")));
    const renewed = certificates.reload().map(({ use, reloaded }) => [use, reloaded.kind]);
    expect(renewed).toEqual([
      ["listener", "unchanged"],
      ["upstream-client", "success"],
      ["upstream-ca", "success"],
    ]);
    expect(certificates.pemOf("upstream")).toEqual({ ...pair("other-name"), ca: pem("other-name") });
    expect(certificates.pemOf("listener")).toBe(before);
  });

  it("and are bad change nothing: a line, a metric and the status say so, until they are mended", async () => {
    const secret = mountVolume(secretOf(pair("server")));
    const program = await serve(secret.folder);
    const trusting = { ca: pem("ca"), servername: "localhost" };
    const asked = async () => (await ask(program.url, "GET", READ, { tls: trusting })).status;
    secret.update(secretOf({ cert: pem("other-name"), key: pem("server.key") }));
    await program.printed(/"level":"error".*"use":"listener".*"msg":"certificate not reloaded/);
    expect(program.stdout()).toMatch(/tls\.key: this key does not belong to the certificate of/);
    expect(await asked()).toBe(200);
    expect(await program.metric('certificate_reloads_total{use="listener",result="failure"}')).toBe("1");
    expect(await program.trouble()).toEqual([
      expect.stringMatching(
        /^certificate listener: its files, as they are now, were refused; the last good one is in force/,
      ),
    ]);
    program.child.kill("SIGHUP");
    secret.update(secretOf(pair("server")));
    await program.printed(/"msg":"certificate files mended/);
    expect(await program.trouble()).toEqual([]);
    expect(await program.metric('certificate_reloads_total{use="listener",result="failure"}')).toBe("1");
  });

  it("and name another authority let other callers in, and no more those of the one before", async (context) => {
    const [before, after] = [makeAuthority(context, "before"), makeAuthority(context, "after")];
    const secret = mountVolume(secretOf(pair("server"), before.ca));
    const program = await serve(secret.folder, `--tls-client-ca=${secret.folder}/ca.crt`);
    const asked = (shown: Pair) =>
      ask(program.url, "GET", READ, { tls: { ca: pem("ca"), servername: "localhost", ...shown } }).then(
        ({ status }) => status,
        () => "refused",
      );
    const [early, late] = [before.issue("app"), after.issue("app")];
    expect([await asked(early), await asked(late)]).toEqual([200, "refused"]);
    secret.update(secretOf(pair("server"), after.ca));
    await program.printed(/"use":"listener-client-ca".*"msg":"certificate reloaded"/);
    expect([await asked(early), await asked(late)]).toEqual(["refused", 200]);
    expect(await program.metric('handshakes_failed_total{reason="bad-certificate"}')).toBe("2");
  });
});
