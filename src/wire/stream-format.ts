/** How klines are sent on `/ws`: as JSON text, or in binary frames. All other messages are JSON text. */
export const STREAM_FORMATS = ["json", "packed"] as const;

/** One of {@link STREAM_FORMATS}. */
export type StreamFormat = (typeof STREAM_FORMATS)[number];
