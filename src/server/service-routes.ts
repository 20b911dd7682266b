import * as v from "valibot";
import type { MarketReader } from "../store/mod.ts";
import {
  healthSchema,
  type LiveAnswer,
  type LogLevel,
  liveSchema,
  logLevelSchema,
  type PageSettings,
  pageSettingsSchema,
  readySchema,
  servingSchema,
  ticketSchema,
} from "../wire/mod.ts";
import type { Access } from "./access.ts";
import { json } from "./answer.ts";
import type { Compressor } from "./compression.ts";
import { storeAsked } from "./markets-asked.ts";
import { openApiDocument } from "./openapi.ts";
import { marketParameters } from "./parameters.ts";
import { ReadyAnswer } from "./respond.ts";
import { type Route, route } from "./route.ts";
import type { ServerStatus } from "./status.ts";

/** The log of the running server, as far as an operator may change it. */
export interface LogSwitch {
  level(): LogLevel;
  setLevel(level: LogLevel): void;
}

/** The contract as a document. */
export function contractRoute(routes: () => readonly Route[], version: string, compressor: Compressor): Route {
  let answer: ReadyAnswer | undefined;
  return route({
    method: "GET",
    path: "/openapi.json",
    says: "This contract, as an OpenAPI 3.1 document",
    scope: undefined,
    parameters: {},
    answers: { 200: { says: "the document", schema: v.looseObject({ openapi: v.string() }) } },
    handle: ({ request, caller }) => {
      answer ??= contractAnswer(routes(), version);
      return answer.for(request.headers, caller, compressor);
    },
  });
}

function contractAnswer(routes: readonly Route[], version: string): ReadyAnswer {
  const bytes = new TextEncoder().encode(JSON.stringify(openApiDocument(routes, version)));
  return new ReadyAnswer(bytes, { etag: `"${Bun.hash(bytes).toString(36)}"` });
}

/** What the routes about the server itself are made of. */
export interface ServiceParts {
  readonly markets: MarketReader;
  readonly status: ServerStatus;
  readonly access: Access;
  readonly log: LogSwitch | undefined;
  readonly pageSettings: PageSettings;
}

/** The routes about the server itself. */
export function serviceRoutes({ markets, status, access, log, pageSettings }: ServiceParts): Route[] {
  const routes = [
    route({
      method: "GET",
      path: "/health",
      says: "The server's condition, with the reason for each problem",
      scope: undefined,
      parameters: {},
      answers: { 200: { says: "the condition", schema: healthSchema } },
      handle: ({ caller: { scopes } }) => json(status.health(scopes.has("metrics") || scopes.has("admin"))),
    }),
    route({
      method: "GET",
      path: "/ready",
      says: "Whether the server is ready for requests: history is loaded, data is current, and it isn't shutting down; all its markets, or one",
      scope: undefined,
      parameters: { market: marketParameters(markets.served, markets.capacity).market },
      answers: {
        200: { says: "ready", schema: readySchema },
        503: { says: "not ready, with the reasons", schema: readySchema },
      },
      handle: ({ values }) => {
        if (values.market !== undefined) storeAsked(values.market, markets);
        const answer = status.ready(values.market);
        return json(answer, answer.ready ? 200 : 503);
      },
    }),
    route({
      method: "GET",
      path: "/live",
      says: "Whether the process answers: if not, restart it",
      scope: undefined,
      parameters: {},
      answers: { 200: { says: "it answers", schema: liveSchema } },
      handle: () => json({ live: true } satisfies LiveAnswer),
    }),
    route({
      method: "GET",
      path: "/serving",
      says: "Whether the server has data to serve, current or marked as stale, and isn't shutting down: proxies balance on it",
      scope: undefined,
      parameters: {},
      answers: {
        200: { says: "serving, and for how many seconds no data has arrived", schema: servingSchema },
        503: { says: "not serving, with the reasons", schema: servingSchema },
      },
      handle: () => {
        const answer = status.serving();
        return json(answer, answer.serving ? 200 : 503);
      },
    }),
    route({
      method: "GET",
      path: "/page-settings",
      says: "Settings of the web page: where users sign in, which host runs the traders, and what the caller may do",
      scope: undefined,
      parameters: {},
      answers: { 200: { says: "the settings", schema: pageSettingsSchema } },
      handle: ({ caller }) => json({ ...pageSettings, scopes: [...caller.scopes] }),
    }),
    route({
      method: "POST",
      path: "/tickets",
      says: "A ticket for one WebSocket connection, valid for 30 seconds, for browsers, which can't send a header there",
      scope: "stream",
      parameters: {},
      answers: { 200: { says: "the ticket", schema: ticketSchema } },
      handle: ({ caller, now }) => json(access.tickets.issue(caller.credential, now)),
    }),
  ];
  if (log === undefined) return routes;
  return [
    ...routes,
    route({
      method: "GET",
      path: "/log-level",
      says: "The level of the server's log",
      scope: "admin",
      parameters: {},
      answers: { 200: { says: "the level", schema: logLevelSchema } },
      handle: () => json({ level: log.level() }),
    }),
    route({
      method: "PUT",
      path: "/log-level",
      says: "Changes the level of the server's log until it restarts",
      scope: "admin",
      parameters: {},
      body: logLevelSchema,
      answers: { 200: { says: "the new level", schema: logLevelSchema } },
      handle: ({ body }) => {
        log.setLevel(body.level);
        return json({ level: log.level() });
      },
    }),
  ];
}
