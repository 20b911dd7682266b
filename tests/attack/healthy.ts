import { mainThreadMsOf } from "./figures.ts";
import { HEALTHY_KEY, headersOf } from "./keys.ts";
import type { Target } from "./target.ts";

/** How often the healthy user asks for `/health`, in milliseconds. */
const PROBE_EVERY_MS = 20;

/** The pause between two screens of the healthy user's, in milliseconds. */
const SCREEN_EVERY_MS = 250;

/** What the healthy user screens: one symbol, with a filter that takes no time, so that all that passes is waiting. */
const SMALL_SCREEN: string = JSON.stringify({ code: "return true;", timeframes: ["1m"], symbols: ["BTCUSDT"] });

/** A request that has no answer after this counts as this long, in milliseconds. */
const PROBE_GIVEN_UP_MS = 60_000;

/** The one symbol that the healthy trader's filter is true for at every close. */
const MATCHED = "BTCUSDT";

/** A filter as people write them, over the whole market. */
const FILTER = `const close = candles("1m").close;
return rsi(close, 14).at(-1) >= 0 && ema(close, 20).at(-1) > 0 && symbol === "${MATCHED}";`;

/** What a user saw who did nothing wrong. */
export interface Seen {
  /** Milliseconds of each `/health`, by the moment that it was due. */
  readonly latencies: readonly number[];
  /**
   * The most that the server's main thread worked between a `/health` and its answer, in milliseconds of a processor, or the longest
   * latency where the system doesn't tell a thread's time.
   */
  readonly workedWorstMs: number;
  /** Answers of `/health` other than 200. */
  readonly failures: number;
  /** Milliseconds of each screen of the user's own, one after another. */
  readonly screenLatencies: readonly number[];
  /** Screens that had another answer than 200. */
  readonly screenFailures: number;
  /** Closes of 1m that the server announced. */
  readonly closes: readonly number[];
  /** By close time: milliseconds from the close's announcement to the signal on the socket. */
  readonly signalDelays: ReadonlyMap<number, number>;
  /** Signals by close time, as the server has them in the end; each must be there once. */
  readonly stored: ReadonlyMap<number, number>;
}

/** A user with a key, a trader and a socket, who is watched while others misbehave. */
export class HealthyUser {
  readonly #target: Target;
  readonly #socket: WebSocket;
  readonly #traderId: string;
  #latencies: number[] = [];
  #worked: number[] = [];
  #failures = 0;
  #screenLatencies: number[] = [];
  #screenFailures = 0;
  #announced: Map<number, number> = new Map();
  #signalAt: Map<number, number> = new Map();
  #isProbing = true;
  readonly #probing: Promise<unknown>;

  private constructor(target: Target, socket: WebSocket, traderId: string) {
    this.#target = target;
    this.#socket = socket;
    this.#traderId = traderId;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)) as Message);
    this.#probing = Promise.all([this.#probe(), this.#screens()]);
  }

  /** Makes the trader, and waits for its first signal. */
  static async begin(target: Target): Promise<HealthyUser> {
    const { id } = await post<{ id: string }>(target, "/functions/v1/traders", {
      ...{ name: "healthy", description: "", enabled: true, code: FILTER, symbols: null, cooldownCandles: 0 },
      ...{ timeframes: ["1m"], triggerInterval: "1m" },
    });
    const socket = new WebSocket(`${target.url.replace("http", "ws")}/ws`, {
      headers: headersOf(HEALTHY_KEY),
    } as never);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("the healthy user's socket was refused"));
    });
    const user = new HealthyUser(target, socket, id);
    socket.send(JSON.stringify({ op: "subscribe", channels: ["close:1m", "signals"] }));
    while (user.#signalAt.size === 0) await Bun.sleep(50);
    return user;
  }

  /** Watches for so long, then waits for the signals of the closes that were announced meanwhile. */
  async watch(milliseconds: number): Promise<Seen> {
    this.#latencies = [];
    this.#worked = [];
    this.#failures = 0;
    this.#screenLatencies = [];
    this.#screenFailures = 0;
    this.#announced = new Map();
    this.#signalAt = new Map();
    await Bun.sleep(milliseconds);
    const [latencies, failures, workedWorstMs] = [this.#latencies, this.#failures, Math.max(0, ...this.#worked)];
    const [screenLatencies, screenFailures] = [this.#screenLatencies, this.#screenFailures];
    const announced = new Map(this.#announced);
    const giveUpAt = performance.now() + PROBE_GIVEN_UP_MS;
    const isMissing = (): boolean => [...announced.keys()].some((closeTime) => !this.#signalAt.has(closeTime));
    while (isMissing() && performance.now() < giveUpAt) await Bun.sleep(50);
    const signalDelays = new Map<number, number>();
    for (const [closeTime, at] of announced) {
      const signalAt = this.#signalAt.get(closeTime);
      if (signalAt !== undefined) signalDelays.set(closeTime, Math.max(0, signalAt - at));
    }
    const [closes, stored] = [[...announced.keys()], await this.#stored(announced)];
    return {
      ...{ latencies, workedWorstMs, failures, screenLatencies, screenFailures },
      ...{ closes, signalDelays, stored },
    };
  }

  async end(): Promise<void> {
    this.#isProbing = false;
    this.#socket.close();
    await this.#probing;
  }

  #hear(message: Message): void {
    const at = performance.now();
    if (message.type === "close") {
      if (!this.#announced.has(message.closeTime)) this.#announced.set(message.closeTime, at);
    } else if (message.type === "signal" && message.signal.traderId === this.#traderId) {
      const { closeTime } = message.signal;
      if (!this.#signalAt.has(closeTime)) this.#signalAt.set(closeTime, at);
    }
  }

  /** At an even pace, however long the answers take. */
  async #probe(): Promise<void> {
    while (this.#isProbing) {
      void this.#once();
      await Bun.sleep(PROBE_EVERY_MS);
    }
  }

  async #screens(): Promise<void> {
    while (this.#isProbing) {
      const [began, latencies] = [performance.now(), this.#screenLatencies];
      try {
        const response = await fetch(`${this.#target.url}/screen`, {
          method: "POST",
          headers: headersOf(HEALTHY_KEY),
          body: SMALL_SCREEN,
          signal: AbortSignal.timeout(PROBE_GIVEN_UP_MS),
        });
        await response.arrayBuffer();
        if (response.status !== 200) this.#screenFailures += 1;
      } catch {
        if (this.#isProbing) this.#screenFailures += 1;
      }
      latencies.push(performance.now() - began);
      await Bun.sleep(SCREEN_EVERY_MS);
    }
  }

  async #once(): Promise<void> {
    const { pid } = this.#target;
    const [began, latencies, worked] = [performance.now(), this.#latencies, this.#worked];
    const workedBefore = mainThreadMsOf(pid);
    try {
      const response = await fetch(`${this.#target.url}/health`, {
        headers: headersOf(HEALTHY_KEY),
        signal: AbortSignal.timeout(PROBE_GIVEN_UP_MS),
      });
      await response.arrayBuffer();
      if (response.status !== 200) this.#failures += 1;
    } catch {
      if (this.#isProbing) this.#failures += 1;
    }
    const passedMs = performance.now() - began;
    latencies.push(passedMs);
    worked.push(workedBefore === undefined ? passedMs : (mainThreadMsOf(pid) ?? workedBefore) - workedBefore);
  }

  async #stored(closes: ReadonlyMap<number, number>): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    if (closes.size === 0) return counts;
    const query = new URLSearchParams({
      traderId: this.#traderId,
      from: String(Math.min(...closes.keys())),
      limit: "500",
    });
    const response = await fetch(`${this.#target.url}/functions/v1/signals?${query}`, {
      headers: headersOf(HEALTHY_KEY),
    });
    const { signals } = (await response.json()) as { signals: { closeTime: number }[] };
    for (const { closeTime } of signals) counts.set(closeTime, (counts.get(closeTime) ?? 0) + 1);
    return counts;
  }
}

type Message =
  | { readonly type: "close"; readonly closeTime: number }
  | { readonly type: "signal"; readonly signal: { readonly traderId: string; readonly closeTime: number } }
  | { readonly type: "hello" | "ack" | "error" | "pong" };

/** Posts JSON with the healthy user's key, and reads the answer, which must be good. */
export async function post<Answer>({ url }: Pick<Target, "url">, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: headersOf(HEALTHY_KEY),
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as Answer;
}
