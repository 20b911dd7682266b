export type { CallOptions } from "./asker.ts";
export { type Client, createClient, type KlinesQuery, type SeriesQuery, type TickersQuery } from "./client.ts";
export { ClientError, type ClientErrorCode } from "./client-error.ts";
export { systemClock } from "./machine.ts";
export type { ClientOptions } from "./options.ts";
