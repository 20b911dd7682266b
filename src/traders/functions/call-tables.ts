import type { DestinationsTable } from "../destinations-table.ts";
import type { TraderEngine } from "../engine.ts";
import type { OutcomesTable } from "../outcomes-table.ts";
import type { PastExecutionsTable } from "../past-executions-table.ts";
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
    "list" | "read" | "address" | "create" | "update" | "delete" | "deliveries"
  >;
  readonly outcomes: Pick<OutcomesTable, "closesOf" | "signalsOf">;
  readonly looks: Pick<TraderEngine, "lastLook">;
}

/** The same for one caller: each call waits for the caller's turn, and may be refused as {@link DatabaseTurns.run} says. */
export function tablesInTurn(
  { traders, versions, executions, signals, outcomes, destinations, looks }: FunctionTables,
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
      create: (owner, destination) => inTurn(() => destinations.create(owner, destination)),
      update: (owner, id, change) => inTurn(() => destinations.update(owner, id, change)),
      delete: (owner, id) => inTurn(() => destinations.delete(owner, id)),
      deliveries: (id, query) => inTurn(() => destinations.deliveries(id, query)),
    },
    looks: { lastLook: () => inTurn(() => looks.lastLook()) },
  };
}
