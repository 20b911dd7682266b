/** How klines are sent on `/ws`: as JSON text, in binary frames, or as JSON text with the market's time. All other messages are JSON text. */
export const STREAM_FORMATS = ["json", "packed", "timed"] as const;

/** One of {@link STREAM_FORMATS}. */
export type StreamFormat = (typeof STREAM_FORMATS)[number];
