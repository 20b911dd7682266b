import { good, type Outcome, wrong } from "../finding.ts";
import { type Visit, wordsOf } from "../visit.ts";

/** Whether what answers is a Vyx server at all. */
export async function answers(visit: Visit): Promise<Outcome> {
  const { url } = visit.deployment;
  try {
    const { version, source, symbols, intervals } = await visit.health();
    return good(`Vyx ${version} with ${symbols} symbols in ${intervals.length} intervals, source ${source}`);
  } catch (cause) {
    return wrong(
      `${url} doesn't answer /health: ${wordsOf(cause)}`,
      "GET /health of a Vyx server: check that the server is running, that the URL is right, and that the proxy passes on requests",
    );
  }
}
