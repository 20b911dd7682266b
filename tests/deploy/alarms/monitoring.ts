import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../helpers/free-port.ts";
import { until } from "../../helpers/until.ts";
import { scaledRules } from "./scaled-rules.ts";

const DEPLOY = join(import.meta.dir, "../../../deploy");

/** How often the kit's Prometheus scrapes and evaluates, in milliseconds. */
const SCRAPE_EVERY_MS = 15_000;

export const PROMETHEUS: string | null = Bun.which("prometheus");
export const ALERTMANAGER: string | null = Bun.which("prometheus-alertmanager") ?? Bun.which("alertmanager");

/** Names of the alerts of one server. */
export interface Heard {
  /** That Prometheus fires now. */
  readonly firing: ReadonlySet<string>;
  /** That Alertmanager keeps from people now, because another one has their cause. */
  readonly silenced: ReadonlySet<string>;
  /** That a person was notified of since the server was watched. */
  readonly notified: ReadonlySet<string>;
}

interface ListedAlert {
  readonly labels: { readonly alertname: string };
  readonly status: { readonly state: "active" | "suppressed" | "unprocessed" };
}

interface Notification {
  readonly alerts: readonly {
    readonly status: "firing" | "resolved";
    readonly labels: { readonly alertname: string; readonly instance: string };
  }[];
}

/** Prometheus and Alertmanager with the kit's rules and inhibition, all times divided by a factor, and somebody who is notified. */
export class Monitoring {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "vyx-alarms-"));
  readonly #running: Bun.Subprocess[] = [];
  readonly #targets: Map<string, string> = new Map();
  readonly #notified: Map<string, Set<string>> = new Map();
  readonly #person: Bun.Server<undefined>;
  readonly #prometheus: string = `http://127.0.0.1:${freePort()}`;
  readonly #alertmanager: string = `http://127.0.0.1:${freePort()}`;
  readonly #targetsFile: string = join(this.#folder, "targets.json");

  private constructor() {
    this.#person = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        for (const { status, labels } of ((await request.json()) as Notification).alerts) {
          if (status === "firing") this.#notified.get(labels.instance)?.add(labels.alertname);
        }
        return new Response();
      },
    });
  }

  static async start(factor: number): Promise<Monitoring> {
    const monitoring = new Monitoring();
    try {
      await monitoring.#start(factor);
      return monitoring;
    } catch (cause) {
      await monitoring.stop();
      throw cause;
    }
  }

  /** Scrapes a server from now on, under this name. */
  watch(instance: string, url: string): void {
    this.#targets.set(instance, new URL(url).host);
    this.#notified.set(instance, new Set());
    this.#writeTargets();
  }

  /** Forgets a server. */
  leave(instance: string): void {
    this.#targets.delete(instance);
    this.#writeTargets();
  }

  /** What is heard of a server now. */
  async heard(instance: string): Promise<Heard> {
    const { data } = (await (await fetch(`${this.#prometheus}/api/v1/alerts`)).json()) as {
      data: { alerts: { state: string; labels: { alertname: string; instance?: string } }[] };
    };
    const filter = encodeURIComponent(`instance="${instance}"`);
    const listed = (await (
      await fetch(`${this.#alertmanager}/api/v2/alerts?filter=${filter}`)
    ).json()) as ListedAlert[];
    const suppressed = listed.filter(({ status }) => status.state === "suppressed");
    const firing = data.alerts.filter(({ state, labels }) => state === "firing" && labels.instance === instance);
    return {
      firing: new Set(firing.map(({ labels }) => labels.alertname)),
      silenced: new Set(suppressed.map(({ labels }) => labels.alertname)),
      notified: new Set(this.#notified.get(instance)),
    };
  }

  /** Resolves when an expression has a result for a server, for example `up == 1`. */
  async until(instance: string, metric: string, comparison: string): Promise<void> {
    const query = encodeURIComponent(`${metric}{instance="${instance}"} ${comparison}`);
    await until(async () => {
      await Bun.sleep(100);
      const answer = await fetch(`${this.#prometheus}/api/v1/query?query=${query}`);
      return ((await answer.json()) as { data: { result: unknown[] } }).data.result.length > 0;
    });
  }

  async stop(): Promise<void> {
    for (const process of this.#running) {
      process.kill("SIGKILL");
      await process.exited;
    }
    await this.#person.stop(true);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(factor: number): Promise<void> {
    const file = (name: string, text: string): string => {
      writeFileSync(join(this.#folder, name), text);
      return join(this.#folder, name);
    };
    const read = (path: string): string => readFileSync(join(DEPLOY, path), "utf8");
    const everyMs = Math.round(SCRAPE_EVERY_MS / factor);
    const config = {
      global: { scrape_interval: `${everyMs}ms`, scrape_timeout: `${everyMs}ms`, evaluation_interval: `${everyMs}ms` },
      rule_files: [file("alerts.yaml", scaledRules(read("prometheus/alerts.yaml"), factor))],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(this.#alertmanager).host] }] }] },
      scrape_configs: [{ job_name: "vyx", file_sd_configs: [{ files: [this.#targetsFile] }] }],
    };
    this.#writeTargets();
    mkdirSync(join(this.#folder, "secrets"));
    const token = file("secrets/webhook-token", "a-token");
    const shortened = read("alertmanager/alertmanager.yaml").replace(
      /^( *group_(?:wait|interval): )(\d+)([sm])$/gm,
      (_, name: string, amount: string, unit: string) =>
        `${name}${Math.round((Number(amount) * (unit === "m" ? 60_000 : 1_000)) / factor)}ms`,
    );
    const webhook = shortened
      .replace("receiver: nobody", "receiver: webhook")
      .replace("https://alerts.example.org/vyx", this.#person.url.href)
      .replace("/etc/alertmanager/secrets/webhook-token", token);
    this.#spawn(ALERTMANAGER ?? "", [
      `--config.file=${file("alertmanager.yaml", webhook)}`,
      `--storage.path=${join(this.#folder, "alertmanager")}`,
      "--cluster.listen-address=",
      `--web.listen-address=${new URL(this.#alertmanager).host}`,
    ]);
    this.#spawn(PROMETHEUS ?? "", [
      `--config.file=${file("prometheus.yaml", JSON.stringify(config))}`,
      `--storage.tsdb.path=${join(this.#folder, "prometheus")}`,
      `--web.listen-address=${new URL(this.#prometheus).host}`,
      // Otherwise alerts are sent again once a minute only, and the first of them may have been lost.
      `--rules.alert.resend-delay=${everyMs}ms`,
    ]);
    for (const url of [this.#alertmanager, this.#prometheus]) {
      await until(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true);
    }
  }

  #writeTargets(): void {
    const groups = [...this.#targets].map(([instance, host]) => ({ targets: [host], labels: { instance } }));
    writeFileSync(this.#targetsFile, JSON.stringify(groups));
  }

  #spawn(program: string, flags: readonly string[]): void {
    this.#running.push(Bun.spawn([program, ...flags], { stdout: "ignore", stderr: "ignore" }));
  }
}
