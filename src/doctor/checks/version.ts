import { good, type Outcome, skipped, warning } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether the server runs what this doctor came with: after an upgrade an old process may go on. */
export async function version(visit: Visit): Promise<Outcome> {
  const { build: ours } = visit.deployment;
  if (ours === undefined) return skipped("not checked: this program doesn't know its own version");
  const { version, commit } = await visit.health();
  const theirs = { version, commit };
  const isSameCommit = commit === ours.commit || [commit, ours.commit].includes("unknown");
  if (version === ours.version && isSameCommit) return good(`the server runs ${inWords(theirs)}`);
  return warning(
    `the server runs ${inWords(theirs)}, and this doctor is ${inWords(ours)}`,
    "the same on both, after an upgrade: restart the server with the new program, or run the doctor that it came with",
  );
}

function inWords({ version, commit }: { readonly version: string; readonly commit: string }): string {
  return `${version} (commit ${commit.slice(0, 12)})`;
}
