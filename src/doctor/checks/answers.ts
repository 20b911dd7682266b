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
      `${url} gives no health: ${wordsOf(cause)}`,
      "GET /health of a Vyx server: is it running, is this its address, and does the proxy pass requests on?",
    );
  }
}
