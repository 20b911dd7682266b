import { countOf } from "../../core/mod.ts";
import { good, type Outcome, wrong } from "../finding.ts";
import { type Visit, wordsOf } from "../visit.ts";
import { whereItRuns } from "../where-it-runs.ts";

/** Whether what answers is a Vyx server at all. */
export async function answers(visit: Visit): Promise<Outcome> {
  const { url } = visit.deployment;
  try {
    const { version, source, symbols, intervals } = await visit.health();
    return good(
      `Vyx ${version} with ${countOf(symbols, "symbol")} in ${countOf(intervals.length, "interval")}, source ${source}`,
    );
  } catch (cause) {
    const running = whereItRuns(url, {
      systemd: "`systemctl status vyx`",
      compose: "`docker compose ps`",
      fly: "`fly status`",
    });
    return wrong(
      `${url} doesn't answer: ${wordsOf(cause)}`,
      `GET /health of a Vyx server: check that the server is running (${running}), that the URL is right, that its port is open to this machine, and that the proxy passes on requests`,
    );
  }
}
