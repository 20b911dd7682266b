import type { DestinationsTable } from "../destinations-table.ts";
import type { TraderEngine } from "../engine.ts";
import type { MailCodesTable } from "../mail-codes-table.ts";
import type { MailLinksTable } from "../mail-links-table.ts";
import type { MailsTable } from "../mails-table.ts";
import type { OutcomesTable } from "../outcomes-table.ts";
import type { PastExecutionsTable } from "../past-executions-table.ts";
import type { PriceAlertsTable } from "../price-alerts-table.ts";
import type { SignalsTable } from "../signals-table.ts";
import type { TradersTable } from "../traders-table.ts";
import type { VersionsTable } from "../versions-table.ts";
import type { DatabaseCaller, DatabaseTurns } from "./database-turns.ts";

/** What functions ask of the database. */
export interface FunctionTables {
  readonly traders: Pick<TradersTable, "list" | "read" | "create" | "update" | "delete">;
  readonly versions: Pick<VersionsTable, "list" | "read">;
  readonly executions: Pick<PastExecutionsTable, "list">;
  readonly signals: Pick<SignalsTable, "list">;
  readonly destinations: Pick<
    DestinationsTable,
    "list" | "read" | "address" | "create" | "update" | "delete" | "deliveries" | "again" | "failed"
  >;
  readonly mailCodes: Pick<MailCodesTable, "issue" | "enter" | "isConfirmed">;
  readonly mailLinks: Pick<MailLinksTable, "tokenOf">;
  readonly mails: Pick<MailsTable, "take">;
  readonly priceAlerts: Pick<PriceAlertsTable, "list" | "read" | "create" | "update" | "delete" | "events">;
  readonly outcomes: Pick<OutcomesTable, "closesOf" | "signalsOf">;
  readonly looks: Pick<TraderEngine, "lastLook">;
}

/** The same for one caller: each call waits for the caller's turn, and may be refused as {@link DatabaseTurns.run} says. */
export function tablesInTurn(
  {
    traders,
    versions,
    executions,
    signals,
    outcomes,
    destinations,
    mailCodes,
    mailLinks,
    mails,
    priceAlerts,
    looks,
  }: FunctionTables,
  turns: DatabaseTurns,
  by: DatabaseCaller,
): FunctionTables {
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => turns.run(by, work);
  return {
    traders: {
      list: (owner, query) => inTurn(() => traders.list(owner, query)),
      read: (owner, id) => inTurn(() => traders.read(owner, id)),
      create: (owner, trader, runsAfter) => inTurn(() => traders.create(owner, trader, runsAfter)),
      update: (owner, id, change, begins) => inTurn(() => traders.update(owner, id, change, begins)),
      delete: (owner, id) => traders.delete(owner, id, inTurn),
    },
    versions: {
      list: (owner, id, query) => inTurn(() => versions.list(owner, id, query)),
      read: (owner, id, version) => inTurn(() => versions.read(owner, id, version)),
    },
    executions: { list: (owner, id, query) => inTurn(() => executions.list(owner, id, query)) },
    outcomes: {
      closesOf: (id, span, limit) => inTurn(() => outcomes.closesOf(id, span, limit)),
      signalsOf: (id, version, closes, before) => inTurn(() => outcomes.signalsOf(id, version, closes, before)),
    },
    signals: { list: (owner, query) => inTurn(() => signals.list(owner, query)) },
    destinations: {
      list: (owner) => inTurn(() => destinations.list(owner)),
      read: (owner, id) => inTurn(() => destinations.read(owner, id)),
      address: (owner, id) => inTurn(() => destinations.address(owner, id)),
      create: (owner, destination, is) => inTurn(() => destinations.create(owner, destination, is)),
      update: (owner, id, change, confirmed) => inTurn(() => destinations.update(owner, id, change, confirmed)),
      delete: (owner, id) => inTurn(() => destinations.delete(owner, id)),
      deliveries: (id, query) => inTurn(() => destinations.deliveries(id, query)),
      again: (id, delivery) => inTurn(() => destinations.again(id, delivery)),
      failed: (id, answer) => inTurn(() => destinations.failed(id, answer)),
    },
    mailCodes: {
      issue: (request) => inTurn(() => mailCodes.issue(request)),
      enter: (destination, code) => inTurn(() => mailCodes.enter(destination, code)),
      isConfirmed: (owner, to) => inTurn(() => mailCodes.isConfirmed(owner, to)),
    },
    mailLinks: { tokenOf: (owner, to) => inTurn(() => mailLinks.tokenOf(owner, to)) },
    mails: { take: (request) => inTurn(() => mails.take(request)) },
    priceAlerts: {
      list: (owner) => inTurn(() => priceAlerts.list(owner)),
      read: (owner, id) => inTurn(() => priceAlerts.read(owner, id)),
      create: (owner, alert, arming) => inTurn(() => priceAlerts.create(owner, alert, arming)),
      update: (owner, id, change, arming) => inTurn(() => priceAlerts.update(owner, id, change, arming)),
      delete: (owner, id) => inTurn(() => priceAlerts.delete(owner, id)),
      events: (owner, query) => inTurn(() => priceAlerts.events(owner, query)),
    },
    looks: { lastLook: () => inTurn(() => looks.lastLook()) },
  };
}
