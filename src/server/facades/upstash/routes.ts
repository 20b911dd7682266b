import * as v from "valibot";
import { type Clock, type MarketId, marketOf } from "../../../core/mod.ts";
import type { MarketReader } from "../../../store/mod.ts";
import { listOf } from "../../../wire/mod.ts";
import { type Answer, json, jsonOfSize } from "../../answer.ts";
import { klinesPrice } from "../../prices.ts";
import { type Call, type Route, route } from "../../route.ts";
import { REPAIR_WITHIN_MS } from "../settled-klines.ts";
import { type CommandContext, runCommand } from "./commands.ts";
import { CommandFault, upstashProblem } from "./fault.ts";
import type { KeptTexts } from "./kept-texts.ts";
import { allKeys } from "./keys.ts";

/** Arguments of a command, and commands of a pipeline, at most. */
const MAX_ARGUMENTS = 500;
export const MAX_COMMANDS = 500;

/** So many commands of a pipeline are carried out in one go. */
const COMMANDS_PER_TURN = 5;

/** Members of all answers to one request. */
export const MAX_MEMBERS_PER_REQUEST = 20_000;

/** About the size of a member of a sorted set, in bytes. */
const MEMBER_BYTES = 260;

/** A command as Upstash takes it: its name and its arguments. */
const commandSchema: v.GenericSchema<unknown, string[]> = v.pipe(
  listOf(
    v.pipe(
      v.union([v.string(), v.number()], "expected a text or a number"),
      v.transform((argument) => String(argument)),
    ),
    MAX_ARGUMENTS,
    undefined,
    'expected a command such as ["ZRANGE","klines:BTCUSDT:1m","-100","-1"]',
  ),
  v.description("a command and its arguments, as a list of texts"),
);

const pipelineSchema: v.GenericSchema<unknown, string[][]> = v.pipe(
  listOf(commandSchema, MAX_COMMANDS),
  v.description(`a list of up to ${MAX_COMMANDS} commands, each a list of texts`),
);

/** What the façade is made of. */
export interface UpstashFacadeParts {
  readonly markets: MarketReader;
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** What callers have written under `lastProcessed:…`. */
  readonly kept: KeptTexts;
  /** Whether no data of a market has come for a while. */
  readonly isStale: (market: MarketId) => boolean;
}

type Outcome = { readonly result: unknown } | { readonly error: string };

/** The market's data under the predecessor's keys, as Upstash's REST answers commands of Redis. */
export function upstashRoutes({ markets, clock, kept, isStale }: UpstashFacadeParts): Route[] {
  const contextOf = ({
    caller,
    request,
    charge,
    inTurn,
  }: Call): CommandContext & { readonly members: () => number } => {
    let members = 0;
    let taken = 1;
    let keys: readonly string[] | undefined;
    return {
      ...{ markets, clock, kept, owner: caller.owner, signal: request.signal },
      patience: { leftMs: REPAIR_WITHIN_MS },
      isStale: (symbol) => isStale(marketOf(symbol)),
      allKeys: () => {
        keys ??= [...kept.keys(caller.owner), ...allKeys(markets)];
        return keys;
      },
      charge: (more) => {
        if (members + more > MAX_MEMBERS_PER_REQUEST) {
          throw new CommandFault(`ERR one request brings ${MAX_MEMBERS_PER_REQUEST} members at most: send several`);
        }
        members += more;
        const price = klinesPrice(members);
        if (price > taken) charge(price, taken);
        taken = Math.max(taken, price);
      },
      inTurn: (count, work) => inTurn(count * MEMBER_BYTES, work),
      members: () => members,
    };
  };
  const shared = { method: "POST", scope: "read", parameters: {}, problem: upstashProblem } as const;
  const answers = { 200: { says: "the result", contentType: "application/json" } };
  const several = (path: string, says: string): Route =>
    route({
      ...{ ...shared, path: `/upstash/${path}`, says, body: pipelineSchema, answers },
      bodyCost: (commands) => Math.max(1, commands.length / 10),
      handle: async (call) => {
        const context = contextOf(call);
        const outcomes: Outcome[] = [];
        for (const [place, command] of call.body.entries()) {
          // Work of others goes between.
          if (place % COMMANDS_PER_TURN === COMMANDS_PER_TURN - 1) await call.inTurn(Number.MAX_SAFE_INTEGER, () => {});
          outcomes.push(await outcomeOf(command, context));
        }
        return sent(outcomes, call, context.members());
      },
    });
  return [
    route({
      ...{ ...shared, path: "/upstash", body: commandSchema, answers },
      says: "As Upstash's REST answers it: one command of Redis, over the keys klines:{symbol}:{interval}, ticker:{symbol} and lastClosed:{symbol}:{interval}",
      handle: async (call) => {
        const context = contextOf(call);
        const outcome = await outcomeOf(call.body, context);
        return sent(outcome, call, context.members());
      },
    }),
    several("pipeline", "As Upstash's REST answers it: several commands of Redis"),
    several("multi-exec", "As Upstash's REST answers it: several commands of Redis, in one go"),
  ];
}

async function outcomeOf(command: readonly string[], context: CommandContext): Promise<Outcome> {
  try {
    return { result: await runCommand(command, context) };
  } catch (cause) {
    if (cause instanceof CommandFault) return { error: cause.message };
    throw cause;
  }
}

function sent(outcome: Outcome | readonly Outcome[], { request }: Call, members: number): Answer {
  const isBase64 = request.headers.get("upstash-encoding")?.toLowerCase() === "base64";
  const body = isBase64 ? inBase64(outcome) : outcome;
  if (!Array.isArray(outcome) && "error" in outcome) return json(body, 400);
  return jsonOfSize(body, members * MEMBER_BYTES * (isBase64 ? 4 / 3 : 1));
}

/** Texts of results in base64, as the client of Upstash asks for them. OK and the words of errors stay. */
function inBase64(value: unknown): unknown {
  if (typeof value === "string") return value === "OK" ? value : Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(inBase64);
  if (typeof value !== "object" || value === null) return value;
  return "result" in value ? { result: inBase64(value.result) } : value;
}
