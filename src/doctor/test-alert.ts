import { type Clock, reasonOf } from "../core/mod.ts";
import { good, type Outcome, wrong } from "./finding.ts";

/** The name of the alert. No rule has it. */
export const TEST_ALERT = "VyxTestAlert";

/** How long it fires, in milliseconds. Then Alertmanager says that it is resolved. */
const FIRES_FOR_MS = 5 * 60_000;

/** How long one request to Alertmanager may take, in milliseconds. */
const TRY_TIMEOUT_MS = 8_000;

/** The receiver of deploy/alertmanager/alertmanager.yaml that notifies nobody. */
const NOBODY = "nobody";

/** An alert as Alertmanager's API (v2) lists it, as far as it is read here. */
interface ListedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: { readonly state: string };
}

/**
 * Sends a test alert to the Alertmanager at `url`, as Prometheus would, and says who is notified. It fires for five minutes. Never
 * rejects: what goes wrong is a wrong outcome.
 */
export async function fireTestAlert(url: URL, clock: Clock): Promise<Outcome> {
  const at = new Date(clock.now()).toISOString();
  const alert = {
    // Each test is an alert of its own, so that it isn't taken for one that was reported already.
    labels: { alertname: TEST_ALERT, severity: "page", instance: "vyx doctor", sent: at },
    annotations: { summary: "A test by vyx doctor. Nothing is wrong.", runbook: "docs/runbook.md" },
    startsAt: at,
    endsAt: new Date(clock.now() + FIRES_FOR_MS).toISOString(),
  };
  try {
    await ask(url, "/api/v2/alerts", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([alert]),
    });
    const filter = encodeURIComponent(`sent="${at}"`);
    const listed = (await (await ask(url, `/api/v2/alerts?filter=${filter}`)).json()) as readonly ListedAlert[];
    const found = listed.find(({ labels }) => labels?.sent === at);
    if (found === undefined) return wrong("Alertmanager took the alert and doesn't list it", EXPECTED);
    return judged(found);
  } catch (cause) {
    return wrong(`${url} took no alert: ${reasonOf(cause)}`, EXPECTED);
  }
}

const EXPECTED = "the URL of an Alertmanager, for example http://127.0.0.1:9093 on the machine of deploy/compose.yaml";

function judged({ receivers, status }: ListedAlert): Outcome {
  const names = receivers.map(({ name }) => name);
  if (status.state === "suppressed") {
    return wrong("the alert is silenced or inhibited", "no silence for all alerts: `amtool silence query` lists them");
  }
  if (names.every((name) => name === NOBODY)) {
    return wrong(
      "Alertmanager took the alert and notifies nobody",
      "a receiver: fill one in and choose it under `route` in deploy/alertmanager/alertmanager.yaml, then restart Alertmanager",
    );
  }
  return good(
    `Alertmanager passes the alert to ${names.join(", ")}: it arrives within a minute, or within five if another test was sent just before`,
  );
}

async function ask(url: URL, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${url.href.replace(/\/$/, "")}${path}`, {
    ...init,
    signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${path.split("?")[0]} answers ${response.status}`);
  return response;
}
