/** Where a screen or preview goes on that was paused. */
export interface Place {
  /** Closes before the newest one; 0 in a screen. */
  readonly back: number;
  /** Index of the first symbol of that close that wasn't looked at. */
  readonly symbol: number;
  /** Symbols of that close for which the filter ran into a bound. */
  readonly stopped: number;
}

/** How much of a screen or preview is done in one go. */
export interface Slice {
  readonly from: Place;
  /** Milliseconds that the slices before took; they count towards the bound of the whole. */
  readonly spentMs: number;
  /** After this many milliseconds it pauses. At least some symbols are looked at in each slice. */
  readonly sliceMs: number;
}

/** All of it in one go. */
export const WHOLE: Slice = {
  from: { back: 0, symbol: 0, stopped: 0 },
  spentMs: 0,
  sliceMs: Number.POSITIVE_INFINITY,
};
