import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { OpenTimeRange, Symbol, UnixMs } from "../../core/mod.ts";
import { checksumIn, dumpPath } from "../dump/addresses.ts";
import type { DumpSource } from "../dump/dump-source.ts";
import { type Fault, FaultList } from "../fault.ts";
import type { FileRecord, Source } from "../files/manifest.ts";
import { packRecord } from "../files/pack-record.ts";
import { fileOf } from "../files/paths.ts";
import { readSheet } from "../files/read-sheet.ts";
import type { SymbolFiles } from "../files/symbol-files.ts";
import { dayOf, daysOf, isDay, minutesOf, type Period } from "../period.ts";
import { within, without } from "../ranges.ts";
import { Mark, Sheet } from "../sheet.ts";
import type { WorkThreads } from "../work/work-threads.ts";
import type { PastRest } from "./past-rest.ts";

/** So many days of one month are downloaded at once. */
const DAYS_AT_ONCE = 4;

/** So many days are asked for, to see whether a month that has no monthly dump has daily ones. */
const PROBED_DAYS = 3;

/** What a month is fetched with. */
export interface FetchParts {
  readonly source: DumpSource;
  readonly rest: PastRest | undefined;
  readonly threads: WorkThreads;
  /** The last minute that can be had. */
  readonly until: UnixMs;
  readonly signal: AbortSignal;
  /** Klines that were read, for progress. */
  onRows(rows: number): void;
}

/** What became of a month. `current`: there was nothing new. `absent`: the source has nothing of it. */
export interface MonthOutcome {
  readonly kind: "fetched" | "current" | "absent";
  readonly record: FileRecord | undefined;
  /** What was wrong with the dumps of a month of which nothing could be read. */
  readonly faults?: readonly Fault[];
}

/** An archive that the source offers. */
interface Offer {
  readonly path: string;
  readonly period: Period;
  readonly checksum: string | undefined;
  /** Where it had to be read to know that it is there. */
  readonly zip: Uint8Array | undefined;
}

/**
 * Makes one month of a symbol from the best that there is: the monthly dump; for days that it lacks, the daily dumps; then what a running
 * server recorded; then REST.
 */
export class MonthFetch {
  readonly #parts: FetchParts;
  readonly #files: SymbolFiles;
  readonly #month: Period;
  /** The minutes of the month that can be had by now. */
  readonly #range: OpenTimeRange;
  readonly #sources: Source[] = [];
  readonly #faults: Fault[] = [];
  readonly #gone: Period[] = [];
  #isChanged = false;

  constructor(parts: FetchParts, files: SymbolFiles, month: Period) {
    this.#parts = parts;
    this.#files = files;
    this.#month = month;
    const { from, to } = minutesOf(month);
    this.#range = { from, to: Math.min(to, parts.until) as UnixMs };
  }

  async run(): Promise<MonthOutcome> {
    const record = await this.#kept();
    const isOver = this.#range.to === minutesOf(this.#month).to;
    const monthly = isOver ? await this.#offered(this.#month) : undefined;
    const isNew = monthly !== undefined && this.#isNew(monthly, record);
    if (record !== undefined && !isNew && this.#hasAll(record)) return { kind: "current", record };
    const before = record === undefined ? undefined : await readSheet(this.#files.folder, record);
    // A file that is damaged is as good as none.
    const had = before === undefined ? undefined : record;
    const sheet = await this.#begun(had, before, isNew || had === undefined ? monthly : undefined);
    await this.#addDays(sheet);
    await this.#addRecorded(sheet);
    await this.#addRest(sheet);
    if (before !== undefined && !this.#isChanged) return { kind: "current", record };
    return await this.#write(sheet);
  }

  get #symbol(): Symbol {
    return this.#files.symbol;
  }

  /** The record of the month, if its file is there. */
  async #kept(): Promise<FileRecord | undefined> {
    const record = this.#files.record(this.#month);
    if (record === undefined) return undefined;
    const size = await stat(join(this.#files.folder, fileOf(this.#month))).then(
      (found) => found.size,
      () => -1,
    );
    return size === record.bytes ? record : undefined;
  }

  #hasAll(record: FileRecord): boolean {
    if (this.#files.records.some(({ period }) => isDay(period) && period.startsWith(this.#month))) return false;
    return without(this.#range, record.settled).length === 0;
  }

  #isNew({ checksum }: Offer, record: FileRecord | undefined): boolean {
    const known = record?.sources.find(({ kind }) => kind === "monthly");
    return known === undefined || (checksum !== undefined && known.sha256 !== checksum);
  }

  async #offered(period: Period): Promise<Offer | undefined> {
    const { source, signal } = this.#parts;
    const path = dumpPath(this.#symbol, period);
    if (path === undefined) return undefined;
    const text = await source.get(`${path}.CHECKSUM`, signal);
    const checksum = text === undefined ? undefined : checksumIn(new TextDecoder().decode(text));
    if (checksum !== undefined) return { path, period, checksum, zip: undefined };
    const zip = await source.get(path, signal);
    return zip === undefined ? undefined : { path, period, checksum, zip };
  }

  /** Reads a dump, and notes where it comes from and what is wrong with it. A second try helps against a download that went wrong. */
  async #read(offer: Offer): Promise<Sheet | undefined> {
    const { source, threads, signal, onRows } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      const zip = (attempt === 1 ? offer.zip : undefined) ?? (await source.get(offer.path, signal));
      if (zip === undefined) return undefined;
      const { sheet, isUsable, sha256, faults } = await threads.read({ ...offer, zip });
      if (!isUsable && attempt === 1) continue;
      const kind = isDay(offer.period) ? "daily" : "monthly";
      this.#sources.push({ kind, path: offer.path, sha256: offer.checksum ?? sha256, isUsed: isUsable });
      this.#faults.push(...faults);
      this.#isChanged = true;
      if (isUsable) onRows(sheet.count(Mark.present));
      return isUsable ? sheet : undefined;
    }
  }

  /** The month as a new monthly dump has it, or as it was. */
  async #begun(record: FileRecord | undefined, before: Sheet | undefined, monthly: Offer | undefined): Promise<Sheet> {
    const known = record?.sources.find(({ kind }) => kind === "monthly");
    const sheet = monthly === undefined ? undefined : await this.#read(monthly);
    if (sheet !== undefined && before !== undefined) {
      if (known !== undefined) this.#noteReissue(known, sheet.differing(before), monthly);
      else if (sheet.fillFrom(before) > 0) this.#sources.push(...(record?.sources ?? []));
    }
    if (sheet !== undefined) return sheet;
    if (record !== undefined) {
      const isTried = (source: Source): boolean => this.#sources.some(({ path }) => path === source.path);
      this.#sources.unshift(...record.sources.filter((source) => !isTried(source)));
      this.#faults.unshift(...record.faults.filter(({ file }) => !this.#faults.some((one) => one.file === file)));
    }
    return before ?? Sheet.blank(this.#month);
  }

  #noteReissue(known: Source, minutes: number, monthly: Offer | undefined): void {
    const faults = new FaultList(known.path);
    faults.note("reissued", undefined, `was ${known.sha256}, is ${monthly?.checksum}; ${minutes} minutes differ`);
    this.#faults.push(...faults.all());
  }

  /** The daily dumps of days that lack something. Where nothing is there, three of a month's days are asked for, and not all. */
  async #addDays(sheet: Sheet): Promise<void> {
    const lacking = this.#lacking(sheet).map(({ from, to }) => [dayOf(from), dayOf(to)] as const);
    const days = daysOf(this.#month).filter((day) => lacking.some(([from, to]) => day >= from && day <= to));
    if (sheet.count(Mark.present) === 0 && days.length > PROBED_DAYS && !(await this.#isAnyOffered(days))) return;
    const tried = new Set(this.#sources.map(({ path, sha256 }) => `${path} ${sha256}`));
    for (let at = 0; at < days.length; at += DAYS_AT_ONCE) {
      const parts = await Promise.all(
        days.slice(at, at + DAYS_AT_ONCE).map(async (day) => {
          const offer = await this.#offered(day);
          return offer === undefined || tried.has(`${offer.path} ${offer.checksum}`)
            ? undefined
            : await this.#read(offer);
        }),
      );
      for (const part of parts) if (part !== undefined) sheet.fillFrom(part);
    }
  }

  /** Whether one of the first, middle and last days has a dump. */
  async #isAnyOffered(days: readonly Period[]): Promise<boolean> {
    const probed = new Set([days.at(-1), days[0], days[days.length >> 1]]);
    for (const day of probed) if (day !== undefined && (await this.#offered(day)) !== undefined) return true;
    return false;
  }

  /** The days that a running server recorded. They are part of the month from now on. */
  async #addRecorded(sheet: Sheet): Promise<void> {
    for (const record of this.#files.records) {
      if (!isDay(record.period) || !record.period.startsWith(this.#month)) continue;
      const part = await readSheet(this.#files.folder, record);
      // A damaged one stays, for `vyx history verify`.
      if (part === undefined) continue;
      this.#gone.push(record.period);
      this.#isChanged = true;
      if (sheet.fillFrom(part) > 0) this.#sources.push(...record.sources);
      for (const hole of record.holes) sheet.mark(hole, Mark.none);
    }
  }

  async #addRest(sheet: Sheet): Promise<void> {
    const { rest, signal } = this.#parts;
    if (rest === undefined) return;
    let filled = 0;
    for (const lacking of this.#lacking(sheet)) {
      for await (const { klines, ...stretch } of rest.klines(this.#symbol, lacking, signal)) {
        for (const kline of klines) if (kline.closed) sheet.write(sheet.placeOf(kline.openTime), kline);
        filled += klines.length;
        sheet.mark(stretch, Mark.none);
        this.#isChanged = true;
      }
    }
    this.#parts.onRows(filled);
    const isNoted = this.#sources.some(({ kind, path }) => kind === "rest" && path === rest.name);
    if (filled > 0 && !isNoted) this.#sources.push({ kind: "rest", path: rest.name, isUsed: true });
  }

  #lacking(sheet: Sheet): OpenTimeRange[] {
    return within(sheet.stretches(Mark.unknown, Mark.contradicted), this.#range);
  }

  async #write(sheet: Sheet): Promise<MonthOutcome> {
    if (sheet.count(Mark.present) === 0) return { kind: "absent", record: undefined, faults: this.#faults };
    const about = { period: this.#month, sources: this.#sources, faults: this.#faults, gone: this.#gone };
    const record = await packRecord(this.#files, this.#parts.threads, { sheet, ...about });
    return { kind: "fetched", record };
  }
}
