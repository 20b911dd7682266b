import type { FilterStudy } from "../../strategy/mod.ts";
import { type ParsedFilter, STRICT_CODE } from "../parse.ts";
import { CodeReader } from "./code-reader.ts";
import { Findings } from "./findings.ts";
import { StudySteps } from "./steps.ts";

/**
 * What a filter's code shows without being run: mistakes that are certain, the intervals that it reads, and how far back its indicators
 * look. Where something isn't certain, nothing is said of it. Throws {@link FilterCodeFault} for a filter that takes more than
 * {@link MAX_STUDY_STEPS}. `steps` counts them.
 */
export function studyOf({ code, program }: ParsedFilter, steps: StudySteps = new StudySteps()): FilterStudy {
  const text = STRICT_CODE + code;
  const findings = new Findings(text, steps);
  new CodeReader(findings, text, program).read();
  return findings.study();
}
