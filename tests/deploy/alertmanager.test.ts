import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { fireTestAlert } from "../../src/doctor/mod.ts";
import { freePort } from "../helpers/free-port.ts";
import { until } from "../helpers/until.ts";

const CONFIG = readFileSync(join(import.meta.dir, "../../deploy/alertmanager/alertmanager.yaml"), "utf8");
const alertmanager = Bun.which("prometheus-alertmanager") ?? Bun.which("alertmanager");

interface Notification {
  readonly status: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

describe.skipIf(alertmanager === null)("the kit's Alertmanager", () => {
  const folder = mkdtempSync(join(tmpdir(), "vyx-alertmanager-"));
  const running: Bun.Subprocess[] = [];
  const heard: { notification: Notification; authorization: string | null }[] = [];
  const hook = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const notification = (await request.json()) as Notification;
      heard.push({ notification, authorization: request.headers.get("authorization") });
      return new Response();
    },
  });

  /** Starts it with the kit's configuration, with changes, and without waiting for more alerts of a group. */
  const start = async (name: string, change: (config: string) => string): Promise<URL> => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, change(CONFIG).replace("group_wait: 30s", "group_wait: 0s"));
    const url = new URL(`http://127.0.0.1:${freePort()}`);
    const flags = ["--cluster.listen-address=", `--web.listen-address=${url.host}`];
    const command = [alertmanager ?? "", `--config.file=${file}`, `--storage.path=${join(folder, name)}`, ...flags];
    running.push(Bun.spawn(command, { stdout: "ignore", stderr: "ignore" }));
    await until(async () => (await fetch(`${url}-/ready`).catch(() => undefined))?.ok === true);
    return url;
  };

  /** With the webhook filled in and chosen, as its comments say. */
  const withWebhook = (config: string): string => {
    const token = join(folder, "secrets/webhook-token");
    mkdirSync(join(folder, "secrets"), { recursive: true });
    writeFileSync(token, "a-token\n");
    return config
      .replace("receiver: nobody", "receiver: webhook")
      .replace("https://alerts.example.org/vyx", hook.url.href)
      .replace("/etc/alertmanager/secrets/webhook-token", token);
  };

  let chosen: URL;
  beforeAll(async () => {
    chosen = await start("chosen", withWebhook);
  });
  afterAll(async () => {
    for (const process of running) {
      process.kill("SIGKILL");
      await process.exited;
    }
    await hook.stop(true);
    rmSync(folder, { recursive: true });
  });

  test("a test alert reaches the receiver that was chosen, with its token", async () => {
    expect(await fireTestAlert(chosen, systemClock)).toEqual({
      state: "good",
      found: expect.stringContaining("Alertmanager passes the alert to webhook"),
    });
    await until(() => heard.length > 0);
    expect(heard[0]?.authorization).toBe("Bearer a-token");
    expect(heard[0]?.notification).toMatchObject({
      status: "firing",
      alerts: [{ labels: { alertname: "VyxTestAlert", severity: "page" } }],
    });
  });

  test("as it is delivered it notifies nobody, and the doctor says so", async () => {
    const outcome = await fireTestAlert(await start("delivered", (config) => config), systemClock);
    expect(outcome).toEqual({
      state: "wrong",
      found: "Alertmanager took the alert and notifies nobody",
      expected: expect.stringContaining("deploy/alertmanager/alertmanager.yaml"),
    });
  });

  test("one cause, one alert: those that follow from it are silent on its server, and only there", async () => {
    const causes: Readonly<Record<string, readonly string[]>> = {
      VyxDown: ["VyxRestarts", "VyxErrors", "VyxFeedStale"],
      VyxFeedStale: ["VyxNotReady", "VyxHoles", "VyxClosesLate"],
      VyxBanned: ["VyxHoles", "VyxNotReady"],
      VyxDatabaseDown: ["VyxClosesUndelivered", "VyxTradersLate", "VyxUnavailable"],
      VyxEventLoopLate: ["VyxSlowAnswers"],
    };
    const alerts = Object.entries(causes).flatMap(([cause, followers]) => [
      ...[cause, ...followers, "VyxMemory"].map((alertname) => ({ labels: { alertname, instance: cause } })),
      ...followers.map((alertname) => ({ labels: { alertname, instance: `beside ${cause} ${alertname}` } })),
      // The server's other market.
      ...followers.map((alertname) => ({ labels: { alertname, instance: cause, market: "bybit" } })),
    ]);
    const body = JSON.stringify(alerts.map((alert) => ({ ...alert, startsAt: new Date().toISOString() })));
    const headers = { "content-type": "application/json" };
    expect((await fetch(`${chosen}api/v2/alerts`, { method: "POST", headers, body })).status).toBe(200);
    interface Listed {
      readonly labels: { readonly alertname: string; readonly instance: string; readonly market?: string };
      readonly status: { readonly state: string };
    }
    let silent: Listed["labels"][] = [];
    // It learns of causes a moment after it has taken them.
    await until(async () => {
      const listed = (await (await fetch(`${chosen}api/v2/alerts`)).json()) as Listed[];
      silent = listed.filter(({ status }) => status.state === "suppressed").map(({ labels }) => labels);
      return Object.keys(causes).every((cause) => silent.some(({ instance }) => instance === cause));
    });
    const names = (cause: string, market: string | undefined): string[] =>
      silent.filter((one) => one.instance === cause && one.market === market).map(({ alertname }) => alertname);
    for (const [cause, followers] of Object.entries(causes)) {
      const expected = cause === "VyxDown" ? [...followers, "VyxMemory"] : followers;
      expect([cause, names(cause, undefined).toSorted()]).toEqual([cause, expected.toSorted()]);
      // Of the other market only what follows from its own VyxNotReady is silent.
      const others = ["VyxFeedStale", "VyxBanned"].includes(cause) ? ["VyxHoles"] : followers;
      expect([cause, names(cause, "bybit").toSorted()]).toEqual([cause, others.toSorted()]);
    }
    expect(silent.filter(({ instance }) => instance.startsWith("beside"))).toEqual([]);
  });
});

test("what is no Alertmanager, or isn't there, is told in words", async () => {
  const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("no", { status: 404 }) });
  expect(await fireTestAlert(other.url, systemClock)).toMatchObject({
    state: "wrong",
    found: `${other.url} took no alert: /api/v2/alerts answers 404`,
  });
  const { url } = other;
  await other.stop(true);
  expect(await fireTestAlert(url, systemClock)).toMatchObject({
    state: "wrong",
    found: expect.stringContaining(`${url} took no alert: `),
    expected: expect.stringContaining("the URL of an Alertmanager"),
  });
});
