/** One instruction, with its lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** What stands from one FROM to the next. */
export interface Stage {
  /** The image, with arguments filled in. */
  readonly from: string;
  readonly as: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile as far as ours go. Throws Error for what it doesn't know, so that nothing is overlooked. */
export function stagesOf(text: string): Stage[] {
  const args: Record<string, string> = {};
  const stages: { from: string; as: string | undefined; instructions: Instruction[] }[] = [];
  for (const { name, text: rest } of instructionsOf(text)) {
    const last = stages.at(-1);
    if (name === "FROM") {
      const [, from = "", as] = /^(\S+)(?: AS (\S+))?$/i.exec(filledIn(rest, args)) ?? [];
      stages.push({ from, as, instructions: [] });
    } else if (name === "ARG" && last === undefined) Object.assign(args, pairsOf(rest));
    else if (last === undefined || !KNOWN.includes(name)) throw new Error(`${name} isn't known here: ${rest}`);
    else last.instructions.push({ name, text: rest });
  }
  return stages;
}

const KNOWN: readonly string[] = [
  "ARG",
  "RUN",
  "COPY",
  "WORKDIR",
  "ENV",
  "USER",
  "VOLUME",
  "EXPOSE",
  "STOPSIGNAL",
  "HEALTHCHECK",
  "ENTRYPOINT",
  "CMD",
];

/** The variables that a stage sets. */
export function environmentOf({ instructions }: Stage): Record<string, string> {
  return Object.assign({}, ...instructions.filter(({ name }) => name === "ENV").map(({ text }) => pairsOf(text)));
}

/** The last of a kind: what counts of USER, ENTRYPOINT, CMD and the like. */
export function lastOf({ instructions }: Stage, name: string): string | undefined {
  return instructions.findLast((one) => one.name === name)?.text;
}

/** What is copied from where to where. */
export function copyOf(text: string): { from: string | undefined; sources: string[]; target: string } {
  const words = text.split(/\s+/);
  const from = words[0]?.startsWith("--from=") ? words.shift()?.slice("--from=".length) : undefined;
  return { from, sources: words.slice(0, -1), target: words.at(-1) ?? "" };
}

/** The command in JSON form that ends a text. */
export function commandIn(text: string): string[] {
  return JSON.parse(text.slice(text.indexOf("["))) as string[];
}

function instructionsOf(text: string): Instruction[] {
  const whole = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n/g, " ");
  return whole
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name: name.toUpperCase(), text: rest.replace(/\s+/g, " ") };
    });
}

function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]));
}

function filledIn(text: string, args: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => args[name] ?? "");
}
