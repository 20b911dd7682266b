import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { ClientError } from "../../src/client/mod.ts";
import { type Interval, millis, wildcardOf } from "../../src/core/mod.ts";
import type { ScreenAnswer } from "../../src/wire/mod.ts";
import { type CloseNews, followCloses } from "../market/follow-closes.ts";
import { LatestAnswer, lastOf } from "../shell/latest-answer.ts";
import type { Page } from "../shell/page.ts";
import type { Route } from "../shell/route.ts";
import type { TraderDraft } from "../traders/trader-draft.ts";
import { conditionFault } from "./conditions.ts";
import { KeptScreens } from "./kept-screens.ts";
import { PRESETS, servedScreen } from "./presets.ts";
import type { Screen } from "./screen.ts";
import { type ScreenCode, screenCode } from "./screen-code.ts";
import { readScreen, screenHash, screenQuery } from "./screen-link.ts";

/** A change of the screen is run after so many milliseconds without another one. */
const RUN_AFTER_MS = 500;

/** What a run found, and the code that found it. */
export interface Found {
  readonly answer: ScreenAnswer;
  readonly code: string;
  /** The facts that are columns of the clicks; empty for a user's own code. */
  readonly facts: readonly string[];
  /** The interval of those columns that the screen chooses it for. */
  readonly candles: Interval;
  /** The interval of the chart that a row leads to: that of the screen's candles, or of the closes at which a user's own code runs. */
  readonly chart: Interval;
}

/** Dependencies of a screen's state. */
export interface ScreenerParts extends Pick<Page, "clock" | "storage"> {
  readonly client: Pick<Page["client"], "screen" | "listen">;
  readonly router: Pick<Page["router"], "replace">;
  readonly market: Pick<Page["market"], "intervals" | "firstMarket">;
  /** Whether nobody sees the page: then it doesn't run at closes, but once when it is seen again. */
  readonly isHidden: () => boolean;
}

/** One screen, and what it found. Views read its signals; only this changes them. */
export class ScreenerState {
  readonly screen: Signal<Screen>;
  readonly found: LatestAnswer<Found> = new LatestAnswer();
  readonly kept: KeptScreens;
  /** Whether it runs at each close. */
  readonly isAuto: Signal<boolean> = signal(true);
  /** What the address asked for and can't be meant, in sentences; empty where there is nothing. */
  readonly linkFault: Signal<string> = signal("");
  /** Whether the screen has code that came with a link: it runs once the person presses `Run now`. */
  readonly isHeld: ReadonlySignal<boolean>;
  /** The filter that the clicks become. */
  readonly made: ReadonlySignal<ScreenCode>;
  /** The filter that runs: the user's own code, or that of the clicks. */
  readonly code: ReadonlySignal<string>;
  /** Whether code that was taken from the clicks was changed: the clicks no longer say what it does. */
  readonly isOwnCode: ReadonlySignal<boolean>;
  /** Why the screen can't run, in words; undefined where it can. */
  readonly fault: ReadonlySignal<string | undefined>;
  /** The interval at whose closes it runs. */
  readonly trigger: ReadonlySignal<Interval>;
  readonly #parts: ScreenerParts;
  /** Whether the code came with a link and the user hasn't run it yet. */
  readonly #isLinks: Signal<boolean> = signal(false);
  #planned: AbortController = new AbortController();
  /** Whether there was a close for which it didn't run: nobody saw the page, or a run was under way. */
  #isDue = false;
  /** Code that the server refused. It isn't asked about again at closes: the answer would be the same. */
  #refused: string | undefined;
  /** The code of the last run. */
  #asked: string | undefined;
  #hasRun = false;

  constructor(parts: ScreenerParts) {
    this.#parts = parts;
    this.kept = new KeptScreens(parts.storage);
    this.screen = signal(this.#first());
    this.made = computed(() => screenCode(this.screen.value, parts.market.intervals.value));
    this.code = computed(() => this.screen.value.code ?? this.made.value.code);
    this.isOwnCode = computed(
      () => this.screen.value.code !== undefined && this.screen.value.code !== this.made.value.code,
    );
    this.isHeld = computed(() => this.#isLinks.value && this.isOwnCode.value);
    this.fault = computed(() => {
      const { code, conditions } = this.screen.value;
      if (code !== undefined) return code.trim() === "" ? "The filter is empty." : undefined;
      return conditions.map(conditionFault).find((fault) => fault !== undefined);
    });
    this.trigger = computed(() => {
      const shortest = parts.market.intervals.value.find((interval) => interval !== "1s") ?? "1m";
      if (!this.isOwnCode.value) return this.made.value.timeframes[0] ?? shortest;
      return lastOf(this.found.phase.value)?.answer.interval ?? shortest;
    });
  }

  /**
   * Shows and runs the screen that an address describes; the one that was looked at last where it describes none. A link's own code is shown
   * only, and its screen isn't kept before the person does something with it.
   */
  open({ screen: name, query }: Route): void {
    if (name !== "screener") return;
    if (sameQuery(query, screenQuery(this.screen.peek()))) {
      if (!this.#hasRun) this.#runUnlessHeld();
      return;
    }
    const isBare = Object.keys(query).length === 0;
    const { screen, faults } = isBare ? { screen: this.#first(), faults: [] } : readScreen(query);
    this.linkFault.value = faults.length === 0 ? "" : `The link isn't understood in full. ${faults.join(" ")}`;
    this.screen.value = screen;
    this.#isLinks.value = !isBare && this.isOwnCode.peek();
    if (this.isHeld.peek()) this.found.clear();
    this.#parts.router.replace(screenHash(screen));
    this.#runUnlessHeld();
  }

  /** Another screen: a preset, or one that was kept. It runs at once. */
  choose(screen: Screen): void {
    this.linkFault.value = "";
    this.#isLinks.value = false;
    this.#show(servedScreen(screen, this.#parts.market.intervals.peek()));
    void this.#run();
  }

  /** A change by the user. It runs soon, unless `isQuiet` says that it changes neither what is found nor its facts. */
  change(change: Partial<Screen>, isQuiet = false): void {
    this.#show({ ...this.screen.peek(), ...change });
    if (!isQuiet) this.#runSoon();
  }

  /** Keeps the clicks' code as code that the user changes. */
  editCode(): void {
    this.#show({ ...this.screen.peek(), code: this.made.peek().code });
  }

  /** Back to the clicks, as long as the code wasn't changed. */
  leaveCode(): void {
    if (!this.isOwnCode.peek()) this.#show({ ...this.screen.peek(), code: undefined });
  }

  /** Runs the screen now because the person says so, also where its code came with a link. */
  async run(): Promise<void> {
    this.#isLinks.value = false;
    this.kept.look(this.screen.peek());
    await this.#run();
  }

  /** Runs at the closes of an interval. Returns a function that ends it. */
  follow(interval: Interval): () => void {
    const { client, market } = this.#parts;
    return followCloses(client, this.screen.peek().market ?? market.firstMarket, interval, (news) =>
      this.#closed(news),
    );
  }

  /** To be called when somebody sees the page again: runs if there was a close meanwhile. */
  seen(): void {
    if (this.#isDue && !this.#parts.isHidden()) this.#runUnlessHeld();
  }

  close(): void {
    this.#planned.abort();
    this.found.close();
  }

  /** The screen as a trader that isn't saved yet. */
  draft(): TraderDraft {
    const { name, market } = this.screen.peek();
    const answer = lastOf(this.found.phase.peek())?.answer;
    const timeframes = this.made.peek().timeframes;
    return {
      name,
      description: "",
      code: this.code.peek(),
      timeframes: timeframes.length > 0 ? timeframes : [this.trigger.peek()],
      triggerInterval: answer?.interval ?? this.trigger.peek(),
      market: market ?? this.#parts.market.firstMarket,
      symbols: null,
      cooldownCandles: 0,
    };
  }

  #closed(news: CloseNews): void {
    const last = lastOf(this.found.phase.peek())?.answer.closeTime ?? 0;
    const code = this.code.peek();
    // Code that was changed since the last run is being typed.
    const isTyped = this.isOwnCode.peek() && code !== this.#asked;
    if (!this.isAuto.peek() || isTyped || code === this.#refused) return;
    if (news !== "back" && news.closeTime <= last) return;
    this.#isDue = true;
    if (this.found.phase.peek().kind !== "asking") this.seen();
  }

  #runSoon(): void {
    this.#planned.abort();
    this.#planned = new AbortController();
    this.#parts.clock.sleep(millis(RUN_AFTER_MS), this.#planned.signal).then(
      () => this.#runUnlessHeld(),
      () => {},
    );
  }

  async #run(): Promise<void> {
    this.#planned.abort();
    this.#isDue = false;
    this.#hasRun = true;
    const fault = this.fault.peek();
    const [code, screen] = [this.code.peek(), this.screen.peek()];
    const { timeframes, facts } = this.made.peek();
    const isOwn = this.isOwnCode.peek();
    // A filter that reads no candles runs at the closes that are named here.
    const interval = isOwn || timeframes.length > 0 ? {} : { interval: this.trigger.peek() };
    const symbols = screen.market === undefined ? {} : { symbols: [wildcardOf(screen.market)] };
    await this.found.ask(async (signal) => {
      if (fault !== undefined) throw new Error(fault);
      this.#asked = code;
      const answer = await this.#parts.client.screen({ code, ...interval, ...symbols }, { signal }).catch((cause) => {
        if (cause instanceof ClientError && cause.code === "invalid_parameter") this.#refused = code;
        throw cause;
      });
      return {
        answer,
        code,
        facts: isOwn ? [] : facts,
        candles: screen.interval,
        chart: isOwn ? answer.interval : screen.interval,
      };
    });
    if (this.#isDue && this.found.phase.peek().kind !== "asking") this.seen();
  }

  #runUnlessHeld(): void {
    if (!this.isHeld.peek()) void this.#run();
  }

  /** Shows what the person chose or changed, and keeps it as the last screen; a link's code isn't kept before the person has run it. */
  #show(screen: Screen): void {
    this.screen.value = screen;
    if (!this.isHeld.peek()) this.kept.look(screen);
    this.#parts.router.replace(screenHash(screen));
  }

  #first(): Screen {
    return servedScreen(this.kept.last() ?? (PRESETS[0] as Screen), this.#parts.market.intervals.peek());
  }
}

function sameQuery(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
