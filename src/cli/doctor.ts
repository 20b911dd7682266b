import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { InvalidInput, type MarketSource } from "../core/mod.ts";
import { CHECK_NAMES, CHECKS, type CheckName, examine, type Finding, isThisMachine } from "../doctor/mod.ts";
import { isOrigin } from "../server/mod.ts";
import { systemClock } from "./clock.ts";
import { named } from "./flag-error.ts";

const SOURCES: readonly MarketSource[] = ["binance", "recorded", "simulated"];

/** How a state is shown in front of its line. */
const MARKS: Readonly<Record<Finding["state"], string>> = { good: "✓", wrong: "✗", skipped: "–" };

interface DoctorFlags {
  readonly url?: string;
  readonly functionsUrl?: string;
  readonly origin?: string;
  readonly source?: string;
  readonly public?: true;
  readonly ca?: string;
  readonly only?: string;
  readonly json?: true;
}

/** `vyx doctor`: checks a deployment from outside. The exit code is 0 if there is no problem, otherwise 1. */
export function doctorCommand(program: Command): void {
  const checks = Object.entries(CHECKS).map(([name, { says }]) => `  ${name.padEnd(12)}${says}`);
  program
    .command("doctor")
    .description(
      "Check a deployment from outside, as its users reach it. Each finding names the problem and the expected state.\n" +
        "It only reads. The exit code is 0 if there is no problem, otherwise 1.",
    )
    .addOption(new Option("--url <URL>", "the server's URL, for example https://vyx.example.org").env("VYX_URL"))
    .addOption(
      new Option("--functions-url <URL>", "the functions' URL, for example https://PROJECT.supabase.co/functions/v1"),
    )
    .addOption(new Option("--origin <LIST>", "web origins that the server must allow, or * (default: none)"))
    .addOption(new Option("--source <NAME>", `the expected source: ${SOURCES.join(", ")} (default: binance)`))
    .addOption(new Option("--public", "treat a loopback address as public, for example behind a tunnel"))
    .addOption(new Option("--ca <FILE>", "PEM file of additional certificate authorities to trust"))
    .addOption(new Option("--only <LIST>", "run only these checks"))
    .addOption(new Option("--json", "as JSON"))
    .addHelpText(
      "after",
      `\nKeys are read from VYX_API_KEY (the server's) and VYX_SERVICE_KEY (the functions').\n\nChecks:\n${checks.join("\n")}`,
    )
    .action(async (flags: DoctorFlags) => {
      const url = named("url", () => address(flags.url));
      const findings = await examine(
        {
          url,
          apiKey: process.env.VYX_API_KEY || undefined,
          functionsUrl:
            flags.functionsUrl === undefined ? undefined : named("functions-url", () => address(flags.functionsUrl)),
          serviceKey: process.env.VYX_SERVICE_KEY || undefined,
          origins: named("origin", () => origins(flags.origin ?? "")),
          source: named("source", () => source(flags.source ?? "binance")),
          isPublic: flags.public === true || !isThisMachine(url),
          authorities: flags.ca === undefined ? undefined : named("ca", () => text(flags.ca ?? "")),
          clock: systemClock,
        },
        flags.only === undefined ? undefined : named("only", () => checkNames(flags.only ?? "")),
      );
      const ok = findings.every(({ state }) => state !== "wrong");
      if (flags.json === true) console.log(JSON.stringify({ url: url.href, ok, findings }, null, 2));
      else tell(findings);
      process.exitCode = ok ? 0 : 1;
    });
}

function tell(findings: readonly Finding[]): void {
  for (const finding of findings) {
    console.log(`${MARKS[finding.state]} ${finding.check.padEnd(12)}${finding.found}`);
    if (finding.state === "wrong") console.log(`${" ".repeat(14)}expected ${finding.expected}`);
  }
  const wrong = findings.filter(({ state }) => state === "wrong").length;
  const looked = findings.filter(({ state }) => state !== "skipped").length;
  const skipped = findings.length - looked;
  console.log(
    `\n${wrong === 0 ? "no problems" : wrong === 1 ? "1 problem" : `${wrong} problems`}: ${looked} checks run${skipped === 0 ? "" : `, ${skipped} skipped`}`,
  );
}

function address(text: string | undefined): URL {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new InvalidInput(`${text === undefined ? "it is missing" : `"${text}" is not an address`}: expected https://…`);
}

function origins(text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const wrong = names.find((name) => name !== "*" && !isOrigin(name));
  if (wrong === undefined) return names;
  throw new InvalidInput(`"${wrong}" is not an origin: expected for example https://example.org, or *`);
}

function source(text: string): MarketSource {
  const found = SOURCES.find((name) => name === text);
  if (found !== undefined) return found;
  throw new InvalidInput(`"${text}" is not a source: expected ${SOURCES.join(", ")}`);
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new InvalidInput(`${path} can't be read: expected a file of certificates in PEM`, { cause });
  }
}

function checkNames(text: string): CheckName[] {
  return text.split(",").map((name) => {
    const found = CHECK_NAMES.find((one) => one === name.trim());
    if (found !== undefined) return found;
    throw new InvalidInput(`"${name}" is not a check: expected some of ${CHECK_NAMES.join(", ")}`);
  });
}
