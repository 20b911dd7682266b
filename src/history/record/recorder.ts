import {
  type Clock,
  emptyKline,
  InvalidInput,
  type MarketId,
  type MarketSource,
  millis,
  type OpenTimeRange,
  reasonOf,
  type StopSignal,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { FolderLock, type MarketStore, type Series } from "../../store/mod.ts";
import type { FileRecord } from "../files/manifest.ts";
import { packRecord } from "../files/pack-record.ts";
import { readSheet } from "../files/read-sheet.ts";
import { SymbolFiles } from "../files/symbol-files.ts";
import { dayOf, isDay, MINUTE_MS, minutesOf, monthOf, type Period } from "../period.ts";
import { joined, within, without } from "../ranges.ts";
import { Mark, Sheet } from "../sheet.ts";
import { WorkThreads } from "../work/work-threads.ts";

/** How often the recorder looks whether an hour is over, in milliseconds. */
const EVERY_MS = 60_000;

/** How long after its end an hour is recorded, in market milliseconds: by then, missed closes were asked for. */
const SETTLES_MS = 120_000;

const HOUR_MS = 3_600_000;

/** A market that is recorded. */
export interface RecordedStore {
  readonly store: Pick<MarketStore, "market" | "marketTime" | "isTimeConfirmed" | "symbols" | "series">;
  /** What its data is. */
  source(): MarketSource;
}

/** How a recorder does. Counts only grow. */
export interface RecorderFigures {
  /** Of each market: symbols of which an hour that is over isn't in the history yet. */
  readonly due: readonly { readonly market: MarketId; readonly symbols: number }[];
  readonly filesWritten: number;
  readonly failures: number;
}

/** What a recorder works with. */
export interface RecorderOptions {
  /** The folder of the history. */
  readonly root: string;
  readonly markets: readonly RecordedStore[];
  readonly clock: Clock;
  warn(message: string): void;
}

/**
 * Appends to the history what a running server has seen: closed minutes of hours that are over, once nothing about them is in doubt. Each day
 * is a file of its own until its month is over; then the days become the month's file. A pass copies a day of one symbol at a time out of the
 * store, and a thread writes it, so the server's event loop is held for a millisecond. Nothing is lost by a kill: what isn't recorded is taken
 * from the store after the restart, or by the next fetch.
 */
export class HistoryRecorder {
  readonly #options: RecorderOptions;
  /** The end of the last hour of which all was recorded, by symbol. */
  readonly #recordedTo: Map<Symbol, number> = new Map();
  #filesWritten = 0;
  #failures = 0;
  #threads: WorkThreads | undefined;
  #said: string | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** How it goes: for metrics. */
  figures(): RecorderFigures {
    const due = this.#options.markets.map((one) => ({ market: one.store.market, symbols: this.#due(one).length }));
    return { due, filesWritten: this.#filesWritten, failures: this.#failures };
  }

  /** Records until the signal is aborted. Never rejects: what fails is logged once, and tried again. */
  async run(signal: StopSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.pass(signal);
      await clock.sleep(millis(EVERY_MS), signal).catch(() => {});
    }
    this.#threads?.stop();
  }

  /** Records what is due now. Another process that writes to the folder is waited for until the next pass. */
  async pass(signal: StopSignal): Promise<void> {
    if (!this.#options.markets.some((market) => this.#due(market).length > 0)) return;
    let lock: FolderLock | undefined;
    try {
      lock = FolderLock.take(this.#options.root, "--history");
      const failures: string[] = [];
      for (const market of this.#options.markets) failures.push(...(await this.#recordMarket(market, signal)));
      this.#note(failures);
    } catch (cause) {
      this.#note([reasonOf(cause)]);
    } finally {
      lock?.release();
    }
  }

  /** The symbols of a market that have an hour to record. */
  #due({ store }: RecordedStore): Symbol[] {
    if (!store.isTimeConfirmed) return [];
    const end = lastHourEnd(store.marketTime);
    return store.symbols().flatMap(({ symbol }) => ((this.#recordedTo.get(symbol) ?? 0) < end ? [symbol] : []));
  }

  /** Returns what failed, in words: one symbol's folder that can't be written keeps no other from being recorded. */
  async #recordMarket(market: RecordedStore, signal: StopSignal): Promise<string[]> {
    const { store } = market;
    const failures: string[] = [];
    for (const symbol of this.#due(market)) {
      if (signal.aborted) break;
      const end = lastHourEnd(store.marketTime);
      const series = store.series(symbol, "1m");
      try {
        if (series !== undefined) await this.#recordSymbol(series, market);
        this.#recordedTo.set(symbol, end);
      } catch (cause) {
        failures.push(reasonOf(cause));
      }
    }
    return failures;
  }

  async #recordSymbol(series: Series, { store, source }: RecordedStore): Promise<void> {
    const { symbol } = series;
    const files = await SymbolFiles.open(this.#options.root, symbol, (why) => this.#options.warn(why));
    refuseOther(files, source());
    const settled = joined(files.records.flatMap((record) => record.settled));
    const certain = certainIn(series, store.marketTime);
    const wanted = certain.flatMap((range) => without(range, settled));
    for (const day of daysIn(wanted)) await this.#recordDay(files, series, day, wanted, source());
    await this.#foldMonths(files, monthOf(store.marketTime));
  }

  /** Writes a day's file anew, with what it had and what came since. */
  async #recordDay(
    files: SymbolFiles,
    series: Series,
    day: Period,
    wanted: readonly OpenTimeRange[],
    source: MarketSource,
  ): Promise<void> {
    const had = files.record(day);
    const sheet = (had === undefined ? undefined : await readSheet(files.folder, had)) ?? Sheet.blank(day);
    for (const range of within(wanted, minutesOf(day))) copyRange(series, range, sheet);
    if (sheet.count(Mark.present) === 0) return;
    const sources = [{ kind: "server", path: source, isUsed: true }] as const;
    await packRecord(files, this.#working, { period: day, sheet, sources, faults: [] });
    this.#filesWritten += 1;
  }

  /** Makes one file of the days of each month that is over. */
  async #foldMonths(files: SymbolFiles, present: Period): Promise<void> {
    const days = files.records.filter(({ period }) => isDay(period) && !period.startsWith(present));
    for (const month of new Set(days.map(({ period }) => monthOf(minutesOf(period).from)))) {
      const had = files.record(month);
      const sheet = (had === undefined ? undefined : await readSheet(files.folder, had)) ?? Sheet.blank(month);
      const own = days.filter(({ period }) => period.startsWith(month));
      const gone: Period[] = [];
      for (const record of own) if (await addDay(files, record, sheet)) gone.push(record.period);
      if (gone.length === 0) continue;
      const sources = [...(had?.sources ?? []), ...own.slice(0, 1).flatMap((record) => record.sources)];
      await packRecord(files, this.#working, { period: month, sheet, sources, faults: had?.faults ?? [], gone });
      this.#filesWritten += 1;
    }
  }

  get #working(): WorkThreads {
    this.#threads ??= new WorkThreads(1);
    return this.#threads;
  }

  /** Counts the failures of a pass, and says the first one unless the pass before said the same. */
  #note([first, ...others]: readonly string[]): void {
    this.#failures += (first === undefined ? 0 : 1) + others.length;
    if (first !== undefined && this.#said !== first) {
      const more = others.length === 0 ? "" : `, and ${others.length} more`;
      this.#options.warn(`history: not all is recorded for now, it is tried again each minute: ${first}${more}`);
    }
    this.#said = first;
  }
}

/** Real and simulated klines don't go into one folder. Throws InvalidInput. */
function refuseOther(files: SymbolFiles, source: MarketSource): void {
  const sources = files.records.flatMap((record) => record.sources);
  const isMadeUp = source === "simulated" || source === "recorded";
  if (isMadeUp && sources.some(({ kind }) => kind !== "server")) {
    throw new InvalidInput(
      `${files.folder} has klines of dumps, and this server's are ${source}: expected another folder as --history`,
    );
  }
  const other = sources.find(({ kind, path }) => kind === "server" && path !== source);
  if (other === undefined) return;
  throw new InvalidInput(
    `${files.folder} has ${other.path} data, and this server's is ${source}: expected another folder as --history`,
  );
}

/** The end of the last hour that is long enough over, exclusive. */
function lastHourEnd(marketTime: number): number {
  return Math.floor((marketTime - SETTLES_MS) / HOUR_MS) * HOUR_MS;
}

/** The minutes up to the last hour's end of which a series knows all. */
function certainIn(series: Series, marketTime: UnixMs): OpenTimeRange[] {
  const { first } = series;
  const last = (lastHourEnd(marketTime) - MINUTE_MS) as UnixMs;
  if (first === undefined || first > last) return [];
  return without({ from: first, to: last }, series.missing(marketTime));
}

function daysIn(ranges: readonly OpenTimeRange[]): Period[] {
  const days = new Set<Period>();
  for (const { from, to } of ranges) {
    for (let day = dayOf(from); day <= dayOf(to); day = dayOf(minutesOf(day).to + MINUTE_MS)) days.add(day);
  }
  return [...days].sort();
}

/** Copies the closed klines of a range out of a series. Minutes of the range that have no kline are known not to exist. */
function copyRange(series: Series, range: OpenTimeRange, sheet: Sheet): void {
  const { ring } = series;
  const kline = emptyKline();
  sheet.mark(range, Mark.none);
  for (let position = ring.position(range.from); position < ring.length; position += 1) {
    if (ring.openTimeAt(position) > range.to) break;
    ring.read(position, kline);
    if (kline.closed) sheet.write(sheet.placeOf(kline.openTime), kline);
    else sheet.mark({ from: kline.openTime, to: kline.openTime }, Mark.unknown);
  }
}

/** Adds a day to its month. Returns false where the day's file is damaged: it stays, for `vyx history verify`. */
async function addDay(files: SymbolFiles, record: FileRecord, sheet: Sheet): Promise<boolean> {
  const part = await readSheet(files.folder, record);
  if (part === undefined) return false;
  sheet.fillFrom(part);
  for (const hole of record.holes) sheet.mark(hole, Mark.none);
  return true;
}
