import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { checkMarkets } from "../../src/cli/configured-market.ts";
import { checkTogether } from "../../src/cli/contradictions.ts";
import { readSettings } from "../../src/cli/read-settings.ts";

const FILE = join(import.meta.dir, "../../deploy/kubernetes/cluster.yaml");

// As far as the file uses it, what the API server takes (Kubernetes 1.31): no name that it doesn't know, and each that it requires.
const text = v.string();
const labels = v.record(text, text);
const metadata = v.strictObject({ name: text, labels: v.optional(labels) });
const selector = v.strictObject({ matchLabels: labels });
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const duration = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)));
const quantity = v.pipe(text, v.regex(/^\d+(?:m|Mi|Gi)?$/));
const resources = v.strictObject({
  requests: v.optional(
    v.strictObject({ cpu: v.optional(quantity), memory: v.optional(quantity), storage: v.optional(quantity) }),
  ),
  limits: v.optional(v.strictObject({ memory: quantity })),
});
const probe = v.strictObject({
  httpGet: v.strictObject({ path: v.pipe(text, v.startsWith("/")), port: text }),
  periodSeconds: duration,
  timeoutSeconds: duration,
  failureThreshold: duration,
});
const fromSecret = v.strictObject({ secretKeyRef: v.strictObject({ name: text, key: text }) });
const fromField = v.strictObject({ fieldRef: v.strictObject({ fieldPath: v.picklist(["metadata.name"]) }) });
const container = v.strictObject({
  name: text,
  image: text,
  args: v.optional(v.array(text)),
  envFrom: v.optional(v.array(v.strictObject({ configMapRef: v.strictObject({ name: text }) }))),
  env: v.optional(
    v.array(
      v.union([
        v.strictObject({ name: text, value: text }),
        v.strictObject({ name: text, valueFrom: v.union([fromSecret, fromField]) }),
      ]),
    ),
  ),
  ports: v.optional(v.array(v.strictObject({ name: text, containerPort: port }))),
  startupProbe: v.optional(probe),
  livenessProbe: v.optional(probe),
  readinessProbe: v.optional(probe),
  resources,
  securityContext: v.strictObject({
    allowPrivilegeEscalation: v.literal(false),
    readOnlyRootFilesystem: v.literal(true),
    capabilities: v.strictObject({ drop: v.array(v.literal("ALL")) }),
  }),
  volumeMounts: v.optional(v.array(v.strictObject({ name: text, mountPath: text }))),
});
const pod = v.strictObject({
  metadata: v.strictObject({ labels }),
  spec: v.strictObject({
    restartPolicy: v.optional(v.picklist(["Always", "OnFailure", "Never"])),
    terminationGracePeriodSeconds: duration,
    automountServiceAccountToken: v.literal(false),
    securityContext: v.strictObject({
      runAsNonRoot: v.literal(true),
      runAsUser: v.number(),
      fsGroup: v.optional(v.number()),
      seccompProfile: v.strictObject({ type: v.literal("RuntimeDefault") }),
    }),
    topologySpreadConstraints: v.optional(
      v.array(
        v.strictObject({
          maxSkew: v.number(),
          topologyKey: text,
          whenUnsatisfiable: v.picklist(["DoNotSchedule", "ScheduleAnyway"]),
          labelSelector: selector,
        }),
      ),
    ),
    containers: v.array(container),
    volumes: v.optional(v.array(v.strictObject({ name: text, emptyDir: v.strictObject({ sizeLimit: quantity }) }))),
  }),
});
const claim = v.strictObject({
  metadata,
  spec: v.strictObject({ accessModes: v.array(v.literal("ReadWriteOnce")), resources }),
});
const object = v.variant("kind", [
  v.strictObject({ apiVersion: v.literal("v1"), kind: v.literal("ConfigMap"), metadata, data: labels }),
  v.strictObject({
    ...{ apiVersion: v.literal("v1"), kind: v.literal("Service"), metadata },
    spec: v.strictObject({
      clusterIP: v.optional(v.literal("None")),
      publishNotReadyAddresses: v.optional(v.boolean()),
      selector: labels,
      ports: v.array(v.strictObject({ name: text, port, targetPort: text })),
    }),
  }),
  v.strictObject({
    ...{ apiVersion: v.literal("batch/v1"), kind: v.literal("Job"), metadata },
    spec: v.strictObject({ backoffLimit: v.number(), ttlSecondsAfterFinished: v.number(), template: pod }),
  }),
  v.strictObject({
    ...{ apiVersion: v.literal("apps/v1"), kind: v.literal("StatefulSet"), metadata },
    spec: v.strictObject({
      ...{ serviceName: text, replicas: v.number(), selector, template: pod },
      podManagementPolicy: v.picklist(["OrderedReady", "Parallel"]),
      volumeClaimTemplates: v.array(claim),
    }),
  }),
  v.strictObject({
    ...{ apiVersion: v.literal("policy/v1"), kind: v.literal("PodDisruptionBudget"), metadata },
    spec: v.strictObject({ maxUnavailable: v.number(), selector }),
  }),
]);

const source = readFileSync(FILE, "utf8");
const objects = v.parse(v.array(object), Bun.YAML.parse(source));
type Kind = (typeof objects)[number]["kind"];
const all = <K extends Kind>(kind: K) =>
  objects.filter((one): one is Extract<(typeof objects)[number], { kind: K }> => one.kind === kind);
const sets = all("StatefulSet");

/** The secret as the comment at the top of the file makes it. */
const secret: Readonly<Record<string, string>> = {
  "api-keys": `a:${"0".repeat(64)}:read`,
  "ticket-secret": "t".repeat(44),
  "peer-key": "p".repeat(44),
  "nats-token": "n".repeat(64),
  "database-url": "postgres://vyx:x@postgres:5432/vyx",
};

/** A container's variables, in the pod of this name. */
function variablesOf(
  { env = [], envFrom = [] }: v.InferOutput<typeof container>,
  podName: string,
): Record<string, string> {
  const maps = new Map(all("ConfigMap").map(({ metadata: { name }, data }) => [name, data]));
  const variables: Record<string, string> = {};
  for (const { configMapRef } of envFrom) {
    const data = maps.get(configMapRef.name);
    if (data === undefined) throw new Error(`there is no config map ${configMapRef.name}`);
    Object.assign(variables, data);
  }
  for (const one of env) {
    if ("value" in one)
      variables[one.name] = one.value.replace(/\$\((\w+)\)/g, (_, name: string) => variables[name] ?? "?");
    else if ("fieldRef" in one.valueFrom) variables[one.name] = podName;
    else variables[one.name] = secret[one.valueFrom.secretKeyRef.key] ?? `no key ${one.valueFrom.secretKeyRef.key}`;
  }
  return variables;
}

test("the objects are what Kubernetes takes, each once, and the comment at the top makes each part of the secret", () => {
  const names = objects.map(({ kind, metadata: { name } }) => `${kind} ${name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  const made = [...source.matchAll(/--from-literal=([a-z-]+)=/g)].map(([, key]) => key);
  expect(made).toEqual(Object.keys(secret));
});

test("every node has settings that it takes, a name and an address of its own, and NATS servers that there are", () => {
  const nats = sets.find(({ metadata: { name } }) => name === "nats");
  const natsHosts = Array.from({ length: nats?.spec.replicas ?? 0 }, (_, index) => `nats-${index}.nats`);
  let share = 0;
  for (const {
    metadata: { name },
    spec,
  } of sets.filter((set) => set !== nats)) {
    for (let index = 0; index < spec.replicas; index += 1) {
      const [vyx] = spec.template.spec.containers;
      if (vyx === undefined) throw new Error(`${name} has no container`);
      const variables = variablesOf(vyx, `${name}-${index}`);
      const inForce = readSettings({}, { ...variables, VYX_HOST: "0.0.0.0", VYX_PORT: "8080" });
      checkTogether(inForce, (warning) => {
        throw new Error(warning);
      });
      checkMarkets(inForce.settings);
      const { nodeName, peerUrl, nats: servers, role, weightShare, drain } = inForce.settings;
      expect([nodeName, peerUrl]).toEqual([`${name}-${index}`, `http://${name}-${index}.${spec.serviceName}:8080`]);
      expect((servers ?? []).map((server) => new URL(server).hostname)).toEqual(natsHosts);
      expect(role).toBe(name as never);
      expect((spec.template.spec.terminationGracePeriodSeconds ?? 0) * 1_000).toBeGreaterThanOrEqual(drain + 10_000);
      if (role === "ingest") share += weightShare;
    }
  }
  expect(share).toBeLessThanOrEqual(1);
  const routes = nats?.spec.template.spec.containers[0]?.args?.find((one) => one.startsWith("--routes="));
  expect(routes).toBe(`--routes=${natsHosts.map((host) => `nats://${host}:6222`).join()}`);
});

test("labels, ports, volumes and probes fit each other", () => {
  const pods = [...sets, ...all("Job")].map(({ spec }) => spec.template);
  const podOf = (wanted: Readonly<Record<string, string>>) =>
    pods.find(({ metadata: { labels: has } }) => Object.entries(wanted).every(([key, value]) => has[key] === value));
  for (const {
    spec,
    metadata: { name },
  } of all("Service")) {
    const ports = podOf(spec.selector)?.spec.containers[0]?.ports?.map((one) => one.name) ?? [];
    expect([name, spec.ports.filter(({ targetPort }) => !ports.includes(targetPort))]).toEqual([name, []]);
  }
  for (const { spec } of all("PodDisruptionBudget")) expect(podOf(spec.selector.matchLabels)).toBeDefined();
  const headless = all("Service").filter(({ spec }) => spec.clusterIP === "None");
  for (const {
    metadata: { name },
    spec,
  } of sets) {
    expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
    expect(headless.find((one) => one.metadata.name === spec.serviceName)?.spec.selector).toEqual(
      spec.selector.matchLabels,
    );
    const volumes = [...(spec.template.spec.volumes ?? []), ...spec.volumeClaimTemplates.map((one) => one.metadata)];
    for (const { volumeMounts = [], ports = [], startupProbe, livenessProbe, readinessProbe } of spec.template.spec
      .containers) {
      expect([name, volumeMounts.map((one) => one.name).sort()]).toEqual([name, volumes.map((one) => one.name).sort()]);
      const probes = [startupProbe, livenessProbe, readinessProbe];
      expect(probes.map((one) => ports.some((served) => served.name === one?.httpGet.port))).toEqual([
        true,
        true,
        true,
      ]);
      if (name !== "nats") expect(probes.map((one) => one?.httpGet.path)).toEqual(["/live", "/live", "/serving"]);
    }
  }
});
