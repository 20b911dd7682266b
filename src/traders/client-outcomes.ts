import { type ClientOptions, outcomes } from "../client/mod.ts";
import type { FollowedSignal, SignalOutcome } from "../wire/mod.ts";
import type { OutcomeOptions, OutcomeSource } from "./ports.ts";

/** Outcomes as a server computes them, which has the candles. */
export class ClientOutcomes implements OutcomeSource {
  readonly #options: ClientOptions;

  /** `options`: as of a client. */
  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async outcomes(
    signals: readonly FollowedSignal[],
    { signal }: OutcomeOptions = {},
  ): Promise<readonly (readonly SignalOutcome[])[]> {
    const asked = signals.map(({ symbol, interval, closeTime, price }) => ({ symbol, interval, closeTime, price }));
    const call = signal === undefined ? {} : { signal: signal as AbortSignal };
    return (await outcomes(this.#options, { signals: asked }, call)).outcomes;
  }
}
