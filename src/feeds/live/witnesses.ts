/** Claims agree when what they say of the exchange's clock differs by no more than this, in milliseconds. */
const AGREE_MS = 10_000;

/** A claim counts for so long, in milliseconds of the stopwatch. */
const COUNTS_FOR_MS = 60_000;

/** Claims that are kept at most; of more, the oldest go. */
const MAX_CLAIMS = 64;

/** Witnesses that a time needs: so many symbols, in at least so many frames. REST counts as two symbols and a frame. */
const SYMBOLS_NEEDED = 3;
const FRAMES_NEEDED = 2;

/** One claim: `source` is a symbol, or "REST"; claims of one frame have the same `frame`. */
export interface Claim {
  readonly source: string;
  readonly frame: string;
  /** What it says of the exchange's clock less our stopwatch at that moment, in milliseconds. */
  readonly offsetMs: number;
  /** When it was made, by our stopwatch. */
  readonly at: number;
}

/** Claims that the exchange's clock stands elsewhere than we believe. One alone, or one frame alone, convinces nobody. */
export class Witnesses {
  #claims: Claim[] = [];

  /** Takes a claim. Returns whether enough others agree with it; with `needsSymbol`, one of a symbol among them. */
  hear(claim: Claim, needsSymbol = false): boolean {
    const since = claim.at - COUNTS_FOR_MS;
    this.#claims = this.#claims.filter(
      ({ at, source, frame }) => at >= since && !(source === claim.source && frame === claim.frame),
    );
    this.#claims.push(claim);
    if (this.#claims.length > MAX_CLAIMS) this.#claims.shift();
    const agreeing = this.#claims.filter(({ offsetMs }) => Math.abs(offsetMs - claim.offsetMs) <= AGREE_MS);
    const symbols = new Set(agreeing.filter(({ source }) => source !== REST).map(({ source }) => source));
    const frames = new Set(agreeing.map(({ frame }) => frame));
    const weight = symbols.size + 2 * agreeing.filter(({ source }) => source === REST).length;
    return weight >= SYMBOLS_NEEDED && frames.size >= FRAMES_NEEDED && (symbols.size > 0 || !needsSymbol);
  }

  /** Somebody confirmed the clock as it is: what was claimed against it is forgotten. */
  clear(): void {
    if (this.#claims.length > 0) this.#claims = [];
  }
}

/** The source of claims that REST makes. */
export const REST = "REST";
