/**
 * What the charts refuse, with both majors of Helm: values that nobody reads, values of the wrong sort, and values that
 * do not fit together. Each message names the value; those of ours say what to do.
 */
import { describe, expect, it } from "vitest";
import { type ChartName, MAJORS, template } from "./helm.ts";

const UPSTREAM = "upstream=https://tenant.example.com";

type Refusal = readonly [set: string, message: RegExp];

/** The same in both charts; only the place of the values differs. */
const SHARED: readonly Refusal[] = [
  // Misspelt.
  ["upstreem=https://tenant.example.com", /additional properties 'upstreem' not allowed/],
  ["image.tagg=1.0", /additional properties 'tagg' not allowed/],
  ["readinessProbe.periodSecond=1", /additional properties 'periodSecond' not allowed/],
  ["resources.limit.memory=1Gi", /additional properties 'limit' not allowed/],
  ["upstreamTls.ca=x", /additional properties 'ca' not allowed/],
  ["callerTls.certSecret=x", /additional properties 'certSecret' not allowed/],
  // Of the wrong sort.
  ["listenPort=http", /listenPort.*want integer/],
  ["adminPort=70000", /adminPort.*65,?535/],
  ["logLevel=verbose", /logLevel.*must be one of/],
  ["image.pullPolicy=Sometimes", /pullPolicy.*must be one of/],
  ["image.digest=abc", /digest.*does not match pattern/],
  ["image.tag=latest", /image\/tag/],
  ["drainLimitSeconds=20s", /drainLimitSeconds.*want integer/],
  ["upstream=tenant.example.com", /PLACEupstream is no address of a tenant: write https:/],
  ["upstream=https://tenant.example.com/am", /PLACEupstream is no address of a tenant: write https:/],
  [
    "upstream=https://user:password@tenant.example.com",
    /PLACEupstream is no address of a tenant: write https:/,
  ],
  ["extraArgs[0]=serve", /extraArgs.*does not match pattern/],
  ["extraEnv[0].nam=A", /nam/],
  // What does not fit together.
  ["upstream=", /: PLACEupstream is empty: set it to the tenant, e\.g\. https:/],
  ["listenPort=9090", /PLACElistenPort and PLACEadminPort are both 9090: they have to differ/],
  ["policy=", /PLACEpolicy is empty: give at least `version: 1`, or name a ConfigMap/],
  [
    "resources.limits.memory=63Mi",
    /PLACEresources\.limits\.memory is 63Mi: too small, the gateway needs 64Mi at least/,
  ],
  ["resources.limits.memory=67108863", /limits\.memory is .*: too small/],
  [
    "resources.limits.memory=lots",
    /PLACEresources\.limits\.memory is "lots": write it as 256Mi, 1Gi, 512M, 1G or plain bytes/,
  ],
  ["resources.limits.memory=256Mib", /"256Mib": write it as/],
  [
    "resources.limits.memory=128Mi",
    /PLACEresources\.requests\.memory \(256Mi\) is more than PLACEresources\.limits\.memory \(128Mi\), which Kubernetes refuses: change both/,
  ],
  ["resources.requests.memory=1e9", /PLACEresources\.requests\.memory is "1e9": write it as/],
  ["extraArgs[0]=--listen=:1", /PLACEextraArgs has --listen=:1: set PLACElistenPort instead/],
  [
    "extraArgs[0]=--drain-delay=1s",
    /PLACEextraArgs has --drain-delay=1s: set PLACEdrainDelaySeconds instead/,
  ],
  [
    "extraEnv[0].name=UPSTREAM_URL",
    /PLACEextraEnv has UPSTREAM_URL, which the command line would overrule: set PLACEupstream instead/,
  ],
  [
    "upstreamTls.caSecret=ca,extraArgs[0]=--upstream-ca=/ca.crt",
    /PLACEextraArgs has --upstream-ca=\/ca\.crt: set PLACEupstreamTls\.caSecret instead/,
  ],
  [
    "upstreamTls.clientSecret=tls,extraEnv[0].name=UPSTREAM_KEY_FILE",
    /PLACEextraEnv has UPSTREAM_KEY_FILE, .*: set PLACEupstreamTls\.clientSecret instead/,
  ],
  [
    "callerTls.secret=tls,extraArgs[0]=--tls-cert=/tls.crt",
    /PLACEextraArgs has --tls-cert=\/tls\.crt: set PLACEcallerTls\.secret instead/,
  ],
  [
    "callerTls.secret=tls,callerTls.clientCaSecret=ca,extraEnv[0].name=TLS_CLIENT_CA_FILE",
    /PLACEextraEnv has TLS_CLIENT_CA_FILE, .*: set PLACEcallerTls\.clientCaSecret instead/,
  ],
  [
    "callerTls.clientCaSecret=ca",
    /PLACEcallerTls\.clientCaSecret asks callers for certificates, which takes TLS: set PLACEcallerTls\.secret too/,
  ],
  [
    "extraVolumes[0].name=crest-gateway-callers-ca",
    /PLACEextraVolumes has crest-gateway-callers-ca, which is there already/,
  ],
  [
    "upstreamProxy.url=http://canary:hunter2@proxy:3128",
    /PLACEupstreamProxy\.url has credentials in it, .* name that in PLACEupstreamProxy\.secret/,
  ],
  ["upstreamProxy.url=socks5://proxy:1080", /PLACEupstreamProxy\.url is no address of a proxy/],
  ["upstreamProxy.url=http://proxy:1,upstreamProxy.secret=p", /PLACEupstreamProxy has both url and secret/],
  [
    "upstreamProxy.secret=p,extraEnv[0].name=UPSTREAM_PROXY",
    /PLACEextraEnv has UPSTREAM_PROXY, .*: set PLACEupstreamProxy\.secret instead/,
  ],
  [
    "upstreamProxy.url=http://p:1,extraArgs[0]=--upstream-proxy=http://q:1",
    /PLACEextraArgs has --upstream-proxy=http:\/\/q:1: set PLACEupstreamProxy\.url instead/,
  ],
  ["extraEnv[0].name=A,extraEnv[1].name=A", /PLACEextraEnv has A twice/],
  [
    "extraVolumes[0].name=crest-gateway-policy",
    /PLACEextraVolumes has crest-gateway-policy, which is there already: choose another name/,
  ],
  ["extraVolumes[0].name=a,extraVolumes[1].name=a", /PLACEextraVolumes has a, which is there already/],
  [
    "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/etc/crest-gateway/",
    /PLACEextraVolumeMounts has something at \/etc\/crest-gateway, where there is something already/,
  ],
  [
    "extraEnv[0].name=NODE_OPTIONS,extraEnv[0].valueFrom.fieldRef.fieldPath=x",
    /NODE_OPTIONS with valueFrom: give it as a plain value/,
  ],
];

const OF_THE_LIBRARY: readonly Refusal[] = [
  [
    "drainLimitSeconds=30",
    /drainDelaySeconds and crest-gateway-sidecar\.drainLimitSeconds are 30 s together, but the pod is killed after terminationGracePeriodSeconds \(30 s\): lower them, or raise .* and the pod's own/,
  ],
  ["native=false,drainLimitSeconds=25", /are 30 s together/],
  ["podMonitor.enable=true", /additional properties 'enable' not allowed/],
  ["native=yes", /native.*want boolean/],
];

const OF_THE_GATEWAY: readonly Refusal[] = [
  [
    "networkPolicy.enabled=true,upstreamProxy.secret=p,networkPolicy.extraEgress[0].ports[0].port=3128,networkPolicy.tenant[0].ipBlock.cidr=203.0.113.0/24",
    /networkPolicy\.tenant has no effect with upstreamProxy\.secret, .*allow the proxy's address and port in networkPolicy\.extraEgress/,
  ],
  [
    "extraEnv[0].name=ADMIN_HOST",
    /extraEnv has ADMIN_HOST, which the chart's own --admin-host would overrule: add --admin-host=NAME to extraArgs instead/,
  ],
  [
    "networkPolicy.enabled=true,upstreamProxy.secret=p",
    /networkPolicy cannot know the port of a proxy .*: allow it in networkPolicy\.extraEgress/,
  ],
  [
    "drainLimitSeconds=40",
    /drainDelaySeconds and drainLimitSeconds are 45 s together, but the pod is killed after terminationGracePeriodSeconds \(45 s\): lower them, or raise terminationGracePeriodSeconds$/m,
  ],
  ["replicas=3", /additional properties 'replicas' not allowed/],
  ["autoscaling.min=3", /additional properties 'min' not allowed/],
  ["monitor.kind=Service", /monitor\/kind.*must be one of/],
  ["fullnameOverride=Gateway", /fullnameOverride.*does not match pattern/],
  ["nameOverride=my gateway", /nameOverride.*does not match pattern/],
  [
    "prometheusRule.enabled=true,prometheusRule.disabled[0]=CrestGatewayDwn",
    /prometheusRule\.disabled has CrestGatewayDwn, which is no alert of files\/alerts\.yaml: there are .*CrestGatewayDown/,
  ],
  ["enabled=false", /enabled.*value must be true/],
  ["service.port=9090", /service\.port and adminPort are both 9090: they have to differ/],
  [
    "autoscaling.enabled=true,autoscaling.minReplicas=9",
    /autoscaling\.minReplicas \(9\) is more than autoscaling\.maxReplicas \(6\)/,
  ],
  [
    "autoscaling.enabled=true,resources.requests.cpu=null",
    /autoscaling aims at a share of resources\.requests\.cpu, which is not set/,
  ],
  ["ingress.enabled=true", /ingress\.hosts is empty: name at least one host/],
  ["httpRoute.enabled=true", /httpRoute\.parentRefs is empty: name the Gateway/],
  [
    "policyChecksum=true,existingConfigMap=ours",
    /the policy is in the ConfigMap "ours" \(existingConfigMap\), which the chart cannot read: leave its checksum out/,
  ],
  // Helm would put it among the library's values, where this chart never looks.
  [
    "crest-gateway-sidecar.upstream=https://tenant.example.com",
    /crest-gateway-sidecar\/upstream.*value must be ''/,
  ],
  ["crest-gateway-sidecar.adminPort=9999", /crest-gateway-sidecar\/adminPort.*value must be 9090/],
];

const CHARTS: readonly {
  readonly chart: ChartName;
  readonly place: string;
  readonly refusals: readonly Refusal[];
}[] = [
  { chart: "crest-gateway", place: "", refusals: [...SHARED, ...OF_THE_GATEWAY] },
  {
    chart: "crest-gateway-sidecar",
    place: "crest-gateway-sidecar.",
    refusals: [...SHARED, ...OF_THE_LIBRARY],
  },
];

describe.each(CHARTS)("$chart refuses", ({ chart, place, refusals }) => {
  it.for(refusals)("%s", async ([set, message], context) => {
    const values = [UPSTREAM, ...set.split(",")].map((each) => place + each);
    const expected = new RegExp(message.source.replaceAll("PLACE", place.replace(".", "\\.")), message.flags);
    const outcomes = await Promise.all(MAJORS.map((helm) => template(context, helm, { chart, set: values })));
    for (const { code, stderr } of outcomes) {
      expect(stderr).toMatch(expected);
      expect(code).toBe(1);
    }
  });
});

describe("the library's own chart", () => {
  it("is refused where somebody wants to install it", async (context) => {
    const from = new URL("../../helm/crest-gateway-sidecar", import.meta.url).pathname;
    for (const helm of MAJORS) {
      const { code, stderr } = await template(context, helm, { chart: "crest-gateway-sidecar", from });
      expect(stderr).toMatch(/library charts are not installable/);
      expect(code).toBe(1);
    }
  });
});
