import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SETTINGS } from "../../src/cli/config.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { variableOf } from "../../src/cli/setting.ts";
import type { SettingName } from "../../src/cli/settings.ts";
import { CHECK_NAMES } from "../../src/doctor/mod.ts";
import { serveMarket } from "../helpers/served-market.ts";
import { contextFiles } from "./docker-context.ts";
import { commandIn, copyOf, environmentOf, lastOf, type Stage, stagesOf } from "./dockerfile.ts";

const ROOT = join(import.meta.dir, "../..");
const DEPLOY = join(ROOT, "deploy");
const read = (path: string): string => readFileSync(join(DEPLOY, path), "utf8");

const folder = mkdtempSync(join(tmpdir(), "vyx-kit-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads VYX_ variables as the server would; keys are made up, as files hold none. Throws for one that isn't known or right. */
function settingsOf(variables: Readonly<Record<string, string>>): ReturnType<typeof readSettings>["settings"] {
  const ours = Object.entries(variables).filter(([name]) => name.startsWith("VYX_"));
  return readSettings({}, Object.fromEntries(ours)).settings;
}

describe("Dockerfile", () => {
  const stages = stagesOf(read("Dockerfile"));
  const last = stages.at(-1) as Stage;

  test("begins with images that are pinned, and copies what is there", () => {
    expect(stages.length).toBeGreaterThan(1);
    for (const { from } of stages) expect(from).toMatch(/^[\w./-]+:[\w.-]*\d{8}[\w.-]*$/);
    const copies = stages.flatMap(({ instructions }) => instructions.filter(({ name }) => name === "COPY"));
    const files = contextFiles(ROOT);
    const lost = copies
      .map(({ text }) => copyOf(text))
      .flatMap(({ from, sources }) =>
        from === undefined
          ? sources.filter((source) => source !== "." && !files.includes(source))
          : stages.some(({ as }) => as === from)
            ? []
            : [from],
      );
    expect(lost).toEqual([]);
  });

  test("builds from files that .dockerignore leaves in", () => {
    const files = contextFiles(ROOT);
    const needed = [
      "deploy/compile.ts",
      "scripts/compile.mjs",
      "web/index.html",
      "docs/filters.md",
      "supabase/rollbacks",
    ];
    expect(needed.filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)))).toEqual([]);
    expect(files.filter((file) => /^(tests|docs\/images|bench|node_modules|\.git)\//.test(file))).toEqual([]);
  });

  test("ends as somebody who isn't root, with settings that the server takes", () => {
    const user = lastOf(last, "USER");
    expect(
      last.instructions.some(
        ({ name, text }) => name === "RUN" && text.includes(`useradd --uid 10001`) && text.includes(`${user} `),
      ),
    ).toBe(true);
    const settings = settingsOf(environmentOf(last));
    expect(String(settings.port)).toBe(lastOf(last, "EXPOSE") ?? "");
    expect(settings.dataDir).toBe(lastOf(last, "VOLUME") ?? "");
    // Beyond loopback, and so only with keys.
    expect([settings.host, settings.insecureNoAuth]).toEqual(["0.0.0.0", false]);
  });

  test("starts the server, and asks it whether it is well with a check that there is", () => {
    expect([...commandIn(lastOf(last, "ENTRYPOINT") ?? ""), ...commandIn(lastOf(last, "CMD") ?? "")]).toEqual([
      "vyx",
      "serve",
    ]);
    expect(last.instructions.some(({ text }) => text.endsWith(" /usr/local/bin/vyx"))).toBe(true);
    const [program, command, ...options] = commandIn(lastOf(last, "HEALTHCHECK") ?? "");
    expect([program, command]).toEqual(["vyx", "doctor"]);
    expect(CHECK_NAMES as readonly string[]).toContain(options.at(-1) ?? "");
    expect(options).toContain(`http://127.0.0.1:${environmentOf(last).VYX_PORT}`);
  });
});

describe("fly.toml", () => {
  interface FlyFile {
    readonly primary_region: string;
    readonly kill_signal: string;
    readonly build: { readonly dockerfile: string };
    readonly deploy: { readonly release_command: string };
    readonly env: Record<string, string>;
    readonly mounts: { readonly source: string; readonly destination: string };
    readonly http_service: {
      readonly internal_port: number;
      readonly force_https: boolean;
      readonly auto_stop_machines: string;
      readonly min_machines_running: number;
      readonly checks: readonly { readonly path: string; readonly method: string }[];
    };
    readonly restart: readonly { readonly policy: string }[];
  }
  const fly = Bun.TOML.parse(read("fly.toml")) as FlyFile;

  test("names a Dockerfile that is there, settings that the server takes, and one port and folder throughout", () => {
    expect(existsSync(join(DEPLOY, fly.build.dockerfile))).toBe(true);
    const settings = settingsOf(fly.env);
    expect(settings.port).toBe(fly.http_service.internal_port);
    expect(settings.dataDir).toBe(fly.mounts.destination);
    expect(settings.proxyHeaders).toEqual(["fly-client-ip"]);
    const [last] = stagesOf(read("Dockerfile")).slice(-1);
    expect(lastOf(last as Stage, "VOLUME")).toBe(fly.mounts.destination);
    expect(lastOf(last as Stage, "STOPSIGNAL")).toBe(fly.kill_signal);
  });

  test("migrates the database with each deployment, and shares the exchange's limit among its machines", () => {
    expect(fly.deploy.release_command).toBe("database --if-configured");
    expect(settingsOf(fly.env).weightShare * fly.http_service.min_machines_running).toBeLessThanOrEqual(0.8);
  });

  test("keeps two machines in Amsterdam, always restarted, never stopped, over https alone", () => {
    const { force_https, auto_stop_machines, min_machines_running } = fly.http_service;
    expect([fly.primary_region, force_https, auto_stop_machines, min_machines_running]).toEqual([
      "ams",
      true,
      "off",
      2,
    ]);
    expect(fly.restart.map(({ policy }) => policy)).toEqual(["always"]);
  });

  test("asks for routes that the server has", async () => {
    const market = serveMarket();
    for (const { path, method } of fly.http_service.checks)
      expect((await fetch(`${market.server.url}${path}`, { method })).status).toBe(200);
    await market.server.stop();
  });
});

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly stop_grace_period?: string;
  readonly ports?: readonly string[];
  readonly mem_limit?: string;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly networks: {
    readonly default: { readonly ipam: { readonly config: readonly { readonly subnet: string }[] } };
  };
}

describe("compose.yaml", () => {
  const compose = Bun.YAML.parse(read("compose.yaml")) as ComposeFile;
  const services = Object.entries(compose.services);
  const servers = services.filter(([name]) => /^vyx-\d$/.test(name));

  test("has two servers, a proxy, PostgreSQL, Prometheus, Alertmanager and Grafana", () => {
    expect(servers.map(([name]) => name)).toEqual(["vyx-1", "vyx-2"]);
    const names = services.map(([name]) => name);
    expect(
      ["caddy", "postgres", "prometheus", "alertmanager", "grafana"].filter((name) => !names.includes(name)),
    ).toEqual([]);
  });

  test("pins every image, and builds from a Dockerfile that is there", () => {
    for (const [name, { image = "", build }] of services) {
      if (build === undefined)
        expect({ name, image }).toEqual({ name, image: expect.stringMatching(/:v?\d+\.\d+[\w.-]*$/) });
      else expect(existsSync(join(DEPLOY, build.context, build.dockerfile))).toBe(true);
    }
  });

  test("names only files, volumes, secrets and services that are there", () => {
    const lost = services.flatMap(([name, { volumes = [], secrets = [], depends_on = [] }]) => [
      ...volumes
        .map((volume) => volume.split(":")[0] ?? "")
        .filter((source) => (source.startsWith(".") ? !existsSync(join(DEPLOY, source)) : !(source in compose.volumes)))
        .map((source) => `${name}: volume ${source}`),
      ...secrets.filter((secret) => !(secret in compose.secrets)).map((secret) => `${name}: secret ${secret}`),
      ...(Array.isArray(depends_on) ? depends_on : Object.keys(depends_on))
        .filter((other) => !(other in compose.services))
        .map((other) => `${name}: service ${other}`),
    ]);
    expect(lost).toEqual([]);
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")[0]));
    expect(Object.keys(compose.volumes).filter((volume) => !used.includes(volume))).toEqual([]);
  });

  test("waits for health only where there is a health check", () => {
    const waited = services.flatMap(([, { depends_on = [] }]) =>
      Object.entries(Array.isArray(depends_on) ? {} : depends_on)
        .filter(([, { condition }]) => condition === "service_healthy")
        .map(([other]) => other),
    );
    expect(waited).not.toEqual([]);
    expect(waited.filter((other) => compose.services[other]?.healthcheck === undefined)).toEqual([]);
  });

  test("gives the servers settings that they take, and no more of the exchange's limit than there is", () => {
    let share = 0;
    for (const [, { environment = {}, stop_grace_period = "0s" }] of servers) {
      const filled = Object.fromEntries(
        Object.entries(environment).map(([name, text]) => [
          name,
          composed(text, {
            VYX_API_KEYS: `a:${"0".repeat(64)}:read`,
            POSTGRES_PASSWORD: "x",
            VYX_TICKET_SECRET: "t".repeat(44),
          }),
        ]),
      );
      const settings = settingsOf(filled);
      share += settings.weightShare;
      // A stop takes less than five seconds besides its drain.
      expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThanOrEqual(settings.drain / 1_000 + 5);
      expect(settings.drain).toBeGreaterThan(0);
      expect(settings.ticketSecret).toBe("t".repeat(44));
      expect([settings.databaseUrl, filled.PGPASSWORD]).toEqual(["postgres://vyx@postgres:5432/vyx", "x"]);
      const subnet = compose.networks.default.ipam.config[0]?.subnet;
      expect(environment.VYX_TRUSTED_PROXIES).toBe(subnet as string);
    }
    expect(share).toBeLessThanOrEqual(1);
    const [, { environment }] = services.find(([name]) => name === "postgres") as (typeof services)[number];
    expect(environment).toMatchObject({ POSTGRES_USER: "vyx", POSTGRES_DB: "vyx" });
  });

  test("bounds the memory and the log of every service", () => {
    const unbounded = services.filter(([, { mem_limit = "", logging }]) => {
      const { "max-size": size = "", "max-file": files = "" } = logging?.options ?? {};
      return !/^\d+[mg]$/.test(mem_limit) || !/^\d+m$/.test(size) || !(Number(files) > 1);
    });
    expect(unbounded.map(([name]) => name)).toEqual([]);
  });

  test("has Prometheus and Alertmanager read the files that they are given, and Prometheus tell Alertmanager", () => {
    for (const name of ["prometheus", "alertmanager"]) {
      const { command = [], volumes = [] } = compose.services[name] ?? {};
      const file = command.find((option) => option.startsWith("--config.file="))?.split("=")[1] ?? "";
      const [source, target = ""] = volumes.find((volume) => volume.startsWith("./"))?.split(":") ?? [];
      expect(file).toStartWith(target);
      expect(existsSync(join(DEPLOY, source ?? "", file.slice(target.length)))).toBe(true);
    }
    const { alerting } = Bun.YAML.parse(read("prometheus/prometheus.yaml")) as {
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
    };
    const targets = alerting.alertmanagers.flatMap(({ static_configs }) =>
      static_configs.flatMap((one) => one.targets),
    );
    expect(targets).toEqual(["alertmanager:9093"]);
    expect(compose.services.alertmanager?.ports).toEqual(["127.0.0.1:9093:9093"]);
  });

  test("refuses in words to start without what has to be chosen", () => {
    const text = read("compose.yaml");
    const needed = ["VYX_API_KEYS", "POSTGRES_PASSWORD", "GRAFANA_PASSWORD"];
    expect(needed.filter((name) => !new RegExp(`\\$\\{${name}:\\?[^}]+\\}`).test(text))).toEqual([]);
  });

  test("has Caddy and Prometheus ask services by their ports, and Grafana Prometheus", () => {
    const reached = [
      ...composed(compose.services.caddy?.environment?.VYX_SERVERS ?? "", {}).split(" "),
      ...(
        Bun.YAML.parse(read("prometheus/prometheus.yaml")) as {
          scrape_configs: { static_configs: { targets: string[] }[] }[];
        }
      ).scrape_configs.flatMap(({ static_configs }) => static_configs.flatMap(({ targets }) => targets)),
    ];
    expect(reached).toEqual(["vyx-1:8080", "vyx-2:8080", "vyx-1:8080", "vyx-2:8080"]);
    const sources = Bun.YAML.parse(read("grafana/provisioning/datasources/prometheus.yaml")) as {
      datasources: { url: string }[];
    };
    for (const { url } of sources.datasources) expect(Object.keys(compose.services)).toContain(new URL(url).hostname);
  });

  test("shows Prometheus where its key is, and Grafana where the dashboard is", () => {
    expect(read("prometheus/prometheus.yaml")).toContain("credentials_file: /run/secrets/metrics-key");
    expect(compose.services.prometheus?.secrets).toEqual(["metrics-key"]);
    const { providers } = Bun.YAML.parse(read("grafana/provisioning/dashboards/vyx.yaml")) as {
      providers: { options: { path: string } }[];
    };
    const places = (compose.services.grafana?.volumes ?? []).map((volume) => volume.split(":"));
    const dashboard = places.find(([source]) => source === "./grafana/vyx.json");
    expect(providers.map(({ options }) => options.path)).toEqual([dirname(dashboard?.[1] ?? "")]);
  });
});

/** A value of a compose file with its variables filled in. */
function composed(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind: string | undefined, rest = "") => {
    const value = variables[name];
    if (value === undefined && kind !== "-") throw new Error(`${name} isn't set: ${rest}`);
    return value ?? rest;
  });
}

const promtool = Bun.which("promtool");
test.skipIf(promtool === null)("prometheus.yaml is taken by Prometheus", () => {
  const key = join(folder, "metrics-key");
  writeFileSync(key, "a key");
  const file = join(folder, "prometheus.yaml");
  writeFileSync(
    file,
    read("prometheus/prometheus.yaml")
      .replace("/run/secrets/metrics-key", key)
      .replace("alerts.yaml", join(DEPLOY, "prometheus/alerts.yaml")),
  );
  const { exitCode, stderr } = Bun.spawnSync([promtool ?? "", "check", "config", file]);
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
});

describe("vyx.service", () => {
  const unit = read("systemd/vyx.service");
  const values = (name: string): string[] =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);

  test("starts the server with settings that it takes, in the folder that systemd makes for it", () => {
    expect(values("ExecStart")).toEqual(["/usr/local/bin/vyx serve"]);
    const variables = Object.fromEntries(values("Environment").map((pair) => pair.split("=", 2) as [string, string]));
    expect(settingsOf(variables).dataDir).toBe(`/var/lib/${values("StateDirectory")[0]}`);
    expect(values("Restart")).toEqual(["always"]);
  });

  test("bounds its memory, and lets systemd hear from the program that tells its watchdog", () => {
    const [memory, watchdog, access] = ["MemoryMax", "WatchdogSec", "NotifyAccess"].map(values);
    expect(memory).toEqual([expect.stringMatching(/^\d+G$/)]);
    expect(watchdog).toEqual([expect.stringMatching(/^\d+$/)]);
    // It is told by a process of its own: see src/cli/service-watchdog.ts.
    expect(access).toEqual(["all"]);
  });

  const analyze = Bun.which("systemd-analyze");
  test.skipIf(analyze === null)("is taken by systemd, and exposes little", () => {
    const file = join(folder, "vyx.service");
    // systemd wants to see the program; here it is another one.
    writeFileSync(file, unit.replace("/usr/local/bin/vyx", "/bin/true"));
    const verified = Bun.spawnSync([analyze ?? "", "verify", "--man=no", file]);
    expect([verified.exitCode, verified.stderr.toString()]).toEqual([0, ""]);
    // In tenths: 20 is what systemd itself calls OK and well below its average of 50 and more.
    const judged = Bun.spawnSync([analyze ?? "", "security", "--offline=true", "--threshold=20", "--no-pager", file]);
    expect([judged.exitCode, judged.stderr.toString()]).toEqual([0, ""]);
  });
});

test("every VYX_ variable that the kit names is one", () => {
  const known = (Object.keys(SETTINGS) as SettingName[]).map((name) => variableOf(SETTINGS[name].flag));
  // Read by Caddy, and by Prometheus's secret.
  const others = ["VYX_SITE", "VYX_SERVERS", "VYX_METRICS_KEY"];
  const files = ["Dockerfile", "fly.toml", "compose.yaml", "caddy/Caddyfile", "nginx/vyx.conf", "systemd/vyx.service"];
  const named = files.flatMap((file) => [...read(file).matchAll(/\bVYX_[A-Z_]+\b/g)].map(([name]) => name));
  expect(named.filter((name) => !known.includes(name) && !others.includes(name))).toEqual([]);
});
