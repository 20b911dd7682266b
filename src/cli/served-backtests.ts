import { backtest } from "../client/mod.ts";
import { InvalidInput, reasonOf } from "../core/mod.ts";
import { ARROW_TYPE } from "../server/mod.ts";
import type { BacktestLine, BacktestRequest } from "../wire/mod.ts";
import { BacktestFailed, type BacktestSource } from "./backtest-source.ts";
import { named } from "./flag-error.ts";

/** Backtests that a running server does. */
export class ServedBacktests implements BacktestSource {
  readonly #url: string;
  readonly #apiKey: string | undefined;

  /** Throws InvalidInput where the URL is none. */
  constructor(url: string, apiKey: string | undefined) {
    this.#url = named("url", () => addressOf(url));
    this.#apiKey = apiKey;
  }

  lines(request: BacktestRequest): AsyncIterable<BacktestLine> {
    return backtest({ url: this.#url, apiKey: this.#apiKey }, request);
  }

  async arrow(request: BacktestRequest): Promise<Uint8Array> {
    const headers: Record<string, string> = { "content-type": "application/json", accept: ARROW_TYPE };
    if (this.#apiKey !== undefined) headers.authorization = `Bearer ${this.#apiKey}`;
    let response: Response;
    try {
      response = await fetch(`${this.#url}/backtest`, { method: "POST", headers, body: JSON.stringify(request) });
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      throw new BacktestFailed(`${this.#url} doesn't answer, or not to the end: ${reasonOf(cause)}`, { cause });
    }
    const problem = (await response.json().catch(() => ({}))) as { readonly detail?: unknown };
    const detail = typeof problem.detail === "string" ? problem.detail : `the answer has the status ${response.status}`;
    throw new BacktestFailed(detail);
  }

  stop(): void {}
}

/** The URL without a slash at its end. */
function addressOf(url: string): string {
  if (!URL.canParse(url)) throw new InvalidInput(`"${url}" is no URL: expected http://127.0.0.1:8080 for example`);
  return url.replace(/\/$/, "");
}
