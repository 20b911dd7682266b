import * as v from "valibot";
import {
  healthSchema,
  type LogLevel,
  logLevelSchema,
  type PageSettings,
  pageSettingsSchema,
  readySchema,
  ticketSchema,
} from "../wire/mod.ts";
import type { Access } from "./access.ts";
import { json } from "./answer.ts";
import type { Compressor } from "./compression.ts";
import { openApiDocument } from "./openapi.ts";
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
  readonly status: ServerStatus;
  readonly access: Access;
  readonly log: LogSwitch | undefined;
  readonly pageSettings: PageSettings;
}

/** The routes about the server itself. */
export function serviceRoutes({ status, access, log, pageSettings }: ServiceParts): Route[] {
  const routes = [
    route({
      method: "GET",
      path: "/health",
      says: "How the server is, and why",
      scope: undefined,
      parameters: {},
      answers: { 200: { says: "its condition", schema: healthSchema } },
      handle: () => json(status.health()),
    }),
    route({
      method: "GET",
      path: "/ready",
      says: "Whether the server should be asked: warm, fresh and staying",
      scope: undefined,
      parameters: {},
      answers: {
        200: { says: "it should", schema: readySchema },
        503: { says: "it shouldn't, and why", schema: readySchema },
      },
      handle: () => {
        const answer = status.ready();
        return json(answer, answer.ready ? 200 : 503);
      },
    }),
    route({
      method: "GET",
      path: "/page-settings",
      says: "What a page needs to know before it asks for anything else: where users sign in, and where traders are",
      scope: undefined,
      parameters: {},
      answers: { 200: { says: "the settings", schema: pageSettingsSchema } },
      handle: () => json(pageSettings),
    }),
    route({
      method: "POST",
      path: "/tickets",
      says: "A one-shot ticket for the WebSocket, good for 30 seconds: browsers can't send a header there",
      scope: "stream",
      parameters: {},
      answers: { 200: { says: "the ticket", schema: ticketSchema } },
      handle: ({ caller, now }) => json(access.tickets.issue(caller, now)),
    }),
  ];
  if (log === undefined) return routes;
  return [
    ...routes,
    route({
      method: "GET",
      path: "/log-level",
      says: "How much the server's log tells",
      scope: "admin",
      parameters: {},
      answers: { 200: { says: "the level", schema: logLevelSchema } },
      handle: () => json({ level: log.level() }),
    }),
    route({
      method: "PUT",
      path: "/log-level",
      says: "Changes how much the server's log tells, until it restarts",
      scope: "admin",
      parameters: {},
      body: logLevelSchema,
      answers: { 200: { says: "the level that is in force now", schema: logLevelSchema } },
      handle: ({ body }) => {
        log.setLevel(body.level);
        return json({ level: log.level() });
      },
    }),
  ];
}
