import { reasonOf } from "../../core/mod.ts";
import {
  DatabaseUnreachable,
  type DatabaseWatch,
  type Functions,
  failureAnswer,
  requestIdOf,
  type Traders,
} from "../../traders/mod.ts";

/** What the functions are answered from. */
export interface HostedFunctionsParts {
  /** Answers what needs no database. */
  readonly withoutDatabase: Functions;
  /** Whether there may be traders: if not, nothing can be listed. */
  readonly mayHaveTraders: () => boolean;
  /** The traders, once their database is there. */
  readonly traders: () => Promise<Traders>;
  readonly whileUp: DatabaseWatch["whileUp"];
}

/** Answers `/functions/v1/…`. Looking at a filter, or for traders where there can be none, waits for no database. */
export function hostedFunctions({
  withoutDatabase,
  mayHaveTraders,
  traders,
  whileUp,
}: HostedFunctionsParts): Functions {
  return async (name, request, caller, requestId) => {
    const isCheck = name === "traders" && request.method === "POST" && /\/traders\/validate\/?$/.test(pathOf(request));
    if (isCheck || (request.method === "GET" && !mayHaveTraders())) {
      return await withoutDatabase(name, request, caller, requestId);
    }
    const opening = traders().catch((cause: unknown) => {
      throw new DatabaseUnreachable(reasonOf(cause), { cause });
    });
    opening.catch(() => {});
    const answer = async (): Promise<Response> => (await opening).functions(name, request, caller, requestId);
    try {
      return await whileUp(answer);
    } catch (cause) {
      if (!(cause instanceof DatabaseUnreachable)) throw cause;
      return failureAnswer(cause, requestId ?? requestIdOf(request)) as Response;
    }
  };
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname;
}
