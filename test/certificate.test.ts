/** What PEM files say, and in which words they are refused. */
import { describe, expect, it } from "vitest";
import { outOfTime, type PemFile, readAuthorities, readPair } from "../src/certificate.ts";
import { makeAuthority, pem } from "./support/certificates.ts";

const file = (name: string, text: string): PemFile => ({ name, pem: text });
const cert = (text: string): PemFile => file("--tls-cert /tls.crt", text);
const key = (text: string): PemFile => file("--tls-key /tls.key", text);

const END_OF_SERVER = Date.UTC(2126, 9, 29, 14, 36, 9);
const END_OF_EXPIRED = Date.UTC(2020, 0, 2);

describe("a certificate and its key", () => {
  it("are what is shown, until the certificate ends", () => {
    expect(readPair(cert(pem("server")), key(pem("server.key")))).toEqual({
      value: {
        name: "--tls-cert /tls.crt",
        pem: { cert: pem("server"), key: pem("server.key") },
        beginsAtMs: Date.UTC(2026, 10, 22, 14, 36, 9),
        endsAtMs: END_OF_SERVER,
      },
    });
  });

  it("of a chain are good until its first link ends", () => {
    const chain = `leaf\n${pem("server")}between\n${pem("expired")}`;
    expect(readPair(cert(chain), key(pem("server.key")))).toHaveProperty("value.endsAtMs", END_OF_EXPIRED);
  });

  it.each([
    [
      "an empty certificate file",
      "",
      pem("server.key"),
      /^--tls-cert \/tls\.crt: there is no certificate in it; expected PEM/,
    ],
    [
      "the key in the certificate's place",
      pem("server.key"),
      pem("server.key"),
      /tls\.crt: there is no certificate/,
    ],
    [
      "half a certificate",
      pem("server").slice(0, 200),
      pem("server.key"),
      /tls\.crt: there is no certificate/,
    ],
    [
      "a certificate that is none",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      pem("server.key"),
      /tls\.crt: a certificate in it cannot be read: /,
    ],
    ["an empty key file", pem("server"), "", /^--tls-key \/tls\.key: there is no key in it; expected PEM/],
    ["the certificate in the key's place", pem("server"), pem("server"), /tls\.key: there is no key in it/],
    [
      "half a key",
      pem("server"),
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      /tls\.key: the key in it cannot be read: /,
    ],
    [
      "a locked key",
      pem("server"),
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
      /tls\.key: the key is locked by a passphrase; write it without one/,
    ],
    [
      "somebody else's key",
      pem("server"),
      pem("client.key"),
      /^--tls-key \/tls\.key: this key does not belong to the certificate of --tls-cert \/tls\.crt$/,
    ],
  ])("%s: cannot be used, in a sentence", (_, certText, keyText, says) => {
    expect(readPair(cert(certText), key(keyText))).toEqual({ problem: expect.stringMatching(says) });
  });
});

describe("authorities", () => {
  it("are good until the last of them ends: the old one may stand beside the new one", (context) => {
    const { ca } = makeAuthority(context, "another");
    const both = readAuthorities(file("--upstream-ca /ca.crt", `${ca}\n${pem("ca")}`));
    expect(both).toHaveProperty("value.endsAtMs", END_OF_SERVER);
    expect(readAuthorities(file("--upstream-ca /ca.crt", pem("expired")))).toHaveProperty(
      "value.endsAtMs",
      END_OF_EXPIRED,
    );
  });

  it("that are none are refused, and not taken for nobody", () => {
    expect(readAuthorities(file("--upstream-ca /ca.crt", "what?"))).toEqual({
      problem: expect.stringMatching(/^--upstream-ca \/ca\.crt: there is no certificate in it/),
    });
  });
});

describe("a certificate's time", () => {
  const credential = {
    name: "--tls-cert /tls.crt",
    pem: { ca: "" },
    beginsAtMs: Date.UTC(2026, 0, 1),
    endsAtMs: Date.UTC(2026, 3, 1),
  };
  it.each([
    [Date.UTC(2025, 11, 31), "--tls-cert /tls.crt: it is valid from 2026-01-01 on, nobody accepts it before"],
    [Date.UTC(2026, 0, 1), undefined],
    [Date.UTC(2026, 3, 1), undefined],
    [
      Date.UTC(2026, 3, 1) + 1,
      "--tls-cert /tls.crt: it was valid until 2026-04-01 only, nobody accepts it; renew it",
    ],
  ])("at %d", (wallMs, says) => expect(outOfTime(credential, wallMs)).toBe(says));
});
