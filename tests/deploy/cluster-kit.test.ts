import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkMarkets } from "../../src/cli/configured-market.ts";
import { checkTogether } from "../../src/cli/contradictions.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { connectOnce } from "../../src/cluster/mod.ts";
import { freePort } from "../helpers/free-port.ts";
import { hasNats, startNats } from "../helpers/nats.ts";

const DEPLOY = join(import.meta.dir, "../../deploy");

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>> | readonly string[];
  readonly mem_limit?: string;
  readonly logging?: object;
}

const text = readFileSync(join(DEPLOY, "compose-cluster.yaml"), "utf8");
const { services, volumes, networks } = Bun.YAML.parse(text) as {
  services: Readonly<Record<string, Service>>;
  volumes: Readonly<Record<string, null>>;
  networks: { default: { ipam: { config: readonly { subnet: string }[] } } };
};
const nodes = Object.entries(services).filter(([, { environment }]) => environment?.VYX_ROLE !== undefined);
const nats = Object.entries(services).filter(([, { image }]) => image.startsWith("nats:"));

/** The file's variables as a person sets them. */
const VARIABLES: Readonly<Record<string, string>> = {
  VYX_API_KEYS: `a:${"0".repeat(64)}:read`,
  VYX_TICKET_SECRET: "t".repeat(44),
  VYX_PEER_KEY: "p".repeat(44),
  NATS_TOKEN: "n".repeat(64),
  POSTGRES_PASSWORD: "x",
};

const filled = (value: string): string =>
  value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, __, rest = "") => VARIABLES[name] ?? rest);

test("every node of compose-cluster.yaml has settings that it takes, a name and an address of its own, and NATS servers that there are", () => {
  expect(nodes.map(([name]) => name)).toEqual(["ingest-1", "ingest-2", "serve-1", "serve-2", "serve-3"]);
  let share = 0;
  for (const [name, { environment = {} }] of nodes) {
    const variables = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, filled(value)] as const),
    );
    const inForce = readSettings({}, { ...variables, VYX_HOST: "0.0.0.0", VYX_PORT: "8080" });
    checkTogether(inForce, (warning) => {
      throw new Error(warning);
    });
    checkMarkets(inForce.settings);
    const { nodeName, peerUrl, nats: servers, weightShare, role, trustedProxies } = inForce.settings;
    expect([nodeName, peerUrl]).toEqual([name, `http://${name}:8080`]);
    expect((servers ?? []).map((server) => new URL(server).hostname)).toEqual(nats.map(([one]) => one));
    expect(trustedProxies).toBeDefined();
    expect(environment.VYX_TRUSTED_PROXIES).toBe(networks.default.ipam.config[0]?.subnet as string);
    if (role === "ingest") share += weightShare;
  }
  expect(share).toBeLessThanOrEqual(1);
  expect(services.caddy?.environment?.VYX_SERVERS).toBe("serve-1:8080 serve-2:8080 serve-3:8080");
});

test("what compose-cluster.yaml mounts and waits for exists, and every service has bounds", () => {
  const used = Object.values(services).flatMap((service) => service.volumes ?? []);
  for (const volume of used) {
    const [source = ""] = volume.split(":");
    expect([source, source.startsWith(".") ? existsSync(join(DEPLOY, source)) : source in volumes]).toEqual([
      source,
      true,
    ]);
  }
  expect(Object.keys(volumes).filter((volume) => !used.some((one) => one.startsWith(`${volume}:`)))).toEqual([]);
  for (const [name, { depends_on = {}, mem_limit, logging }] of Object.entries(services)) {
    const waits = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on);
    expect([name, waits.filter((other) => !(other in services))]).toEqual([name, []]);
    expect([name, mem_limit !== undefined, logging !== undefined]).toEqual([name, true, true]);
  }
});

test.skipIf(!hasNats)("nats-server takes the options of its services, and lets in who has the token", async () => {
  expect(nats).toHaveLength(3);
  const route = `nats://127.0.0.1:${freePort()}`;
  for (const [name, { command = [] }] of nats) {
    expect(command).toContain(`--name=${name}`);
    // On loopback, and in a folder of its own.
    const options = command
      .filter((option) => !option.startsWith("--store_dir="))
      .map((option) => filled(option).replace(/^(--cluster|--routes)=.*/, `$1=${route}`));
    const server = await startNats(options);
    const address = { servers: [server.url] };
    const { connection } = await connectOnce({ ...address, token: VARIABLES.NATS_TOKEN }, "test");
    await connection.close();
    await expect(connectOnce(address, "test")).rejects.toThrow(/authorization/i);
    await server.stop();
  }
});
