import { readFileSync } from "node:fs";

/** The folder of the SDK. */
const CLIENT = new URL("../client/", import.meta.url);

/** A class of the SDK, or one of its functions. */
interface SdkPart {
  readonly title: string;
  /** Where its source is. */
  readonly file: URL;
  /** What stands before the name of a method; undefined for a function. */
  readonly object?: string;
  /** Of a class whose title is another one. */
  readonly className?: string;
}

const classIn = (file: string, title: string, object: string, className: string = title): SdkPart => ({
  ...{ title, file: new URL(file, CLIENT), object, className },
});

/** All parts, in the order of the page. */
const PARTS: readonly SdkPart[] = [
  { title: "createClient", file: new URL("client.ts", CLIENT) },
  classIn("client.ts", "Client", "client."),
  classIn("trader-calls.ts", "client.traders", "client.traders.", "TraderCalls"),
  classIn("signal-calls.ts", "client.signals", "client.signals.", "SignalCalls"),
  ...functionsOf(new URL("mod.ts", CLIENT)).filter(({ title }) => title !== "createClient"),
  classIn("destinations.ts", "Destinations", "destinations."),
  classIn("price-alerts.ts", "PriceAlerts", "priceAlerts."),
  classIn("stream/subscription.ts", "Subscription", "subscription."),
  classIn("stream/kline-series.ts", "KlineSeries", "series."),
];

/** The functions that an entry exports, in its order. */
function functionsOf(entry: URL): readonly SdkPart[] {
  return exportsOf(entry)
    .map(({ name, file }) => ({ title: name, file: fileOf(name, file) }))
    .filter(({ title, file }) => new RegExp(`^export (?:async )?function\\*? ${title}\\b`, "m").test(sourceOf(file)));
}

/** The values that an entry exports: types aren't among them. */
function exportsOf(entry: URL): readonly { readonly name: string; readonly file: URL }[] {
  return [...sourceOf(entry).matchAll(/^export \{([^}]*)\} from "([^"]+)";/gm)].flatMap(([, names = "", path = ""]) =>
    [...names.matchAll(/(?<!type )\b\w+(?=\s*(?:,|$))/g)].map(([name]) => ({ name, file: new URL(path, entry) })),
  );
}

/** Where something is that may come by another room's entry. */
function fileOf(name: string, file: URL): URL {
  const next = file.pathname.endsWith("/mod.ts") ? exportsOf(file).find((one) => one.name === name) : undefined;
  return next === undefined ? file : fileOf(name, next.file);
}

function sourceOf(file: URL): string {
  return readFileSync(file, "utf8");
}

/** A method or function of the SDK that others may call, or a property that they may read. */
export interface SdkMember {
  readonly part: string;
  /** As it is called: `client.klines`. */
  readonly name: string;
  readonly signature: string;
  readonly isMethod: boolean;
  readonly says: string;
  /** Undefined where its comment has none. */
  readonly throws: string | undefined;
  readonly example: string | undefined;
}

/** A comment, and the declaration behind it, up to its body or its end; of a class two spaces further in. */
const MEMBER =
  /^( {2})?\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n\1?((?:export )?(?:async )?(?:function\*? |get |readonly |\*)?(?!constructor)[a-z]\w*(?:(?!\n\n)[\s\S])*?)(?: \{\n|;\n)/gm;

/** All that others may use of the SDK, as its source says it. */
export function sdkMembers(): readonly SdkMember[] {
  return PARTS.flatMap((part) => {
    const { title, file, object, className } = part;
    const source = sourceOf(file);
    // In a file of functions and classes, the part's title says which of them is meant.
    const found = [...source.matchAll(MEMBER)].filter(([, indent, , declaration = ""]) =>
      className === undefined ? indent === undefined && declaration.includes(`${title}(`) : indent !== undefined,
    );
    return classOf(source, className, found).map(([, , comment = "", declaration = ""]) =>
      memberOf(title, object ?? "", comment, declaration),
    );
  });
}

/** Members of interfaces, which stand before the class, are no members of the class. */
function classOf(source: string, name: string | undefined, found: RegExpExecArray[]): RegExpExecArray[] {
  if (name === undefined) return found;
  const from = source.indexOf(`export class ${name} `);
  const to = source.indexOf("\n}\n", from);
  return found.filter(({ index }) => index > from && index < to);
}

function memberOf(part: string, object: string, comment: string, declaration: string): SdkMember {
  const text = comment.replace(/^ *\* ?/gm, "").trim();
  const [prose = "", example] = text.split("@example\n");
  const [says = "", throws] = prose.split("@throws ");
  const signature = declaration
    .replace(/^(?:export )?(?:async )?(?:function\*? |get |readonly |\*)?/, "")
    .replace(/^(\w+)\(\)(?=:)/, declaration.startsWith("get ") ? "$1" : "$&")
    .replace(/\s*\n\s*/g, " ")
    .replace(/\( /g, "(")
    .replace(/,? \)/g, ")")
    // What has a default may be left out.
    .replace(/(\w+): ([\w.]+) = \{\}/g, "$1?: $2");
  return {
    part,
    name: object + (/^\w+/.exec(signature)?.[0] ?? ""),
    signature: object + signature,
    isMethod: /^\w+(?:<.*>)?\(/.test(signature),
    says: oneParagraph(says),
    throws: throws === undefined ? undefined : oneParagraph(throws),
    example: example?.trim(),
  };
}

function oneParagraph(text: string): string {
  return text
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

/** The page of all methods. */
export function sdkPage(): string {
  const members = sdkMembers();
  const parts = PARTS.map(({ title }) => {
    const own = members.filter(({ part }) => part === title);
    const properties = own.filter(({ isMethod }) => !isMethod);
    const rows = properties.map(
      ({ signature, says }) => `| \`${signature.replaceAll("|", "\\|")}\` | ${says.replaceAll("|", "\\|")} |`,
    );
    const table = rows.length === 0 ? [] : [["| Property | |", "| --- | --- |", ...rows].join("\n")];
    return [`## ${title}`, ...table, ...own.filter(({ isMethod }) => isMethod).map(sectionOf)].join("\n\n");
  });
  return `# The methods of the SDK

Generated by \`npm run docs\` from the comments in [src/client](../src/client). [sdk.md](sdk.md) says how to begin. Every call takes a \`signal\`,
and rejects with its reason when that is aborted. Besides the errors that are named, every call to the server may throw a \`ClientError\` with the codes
\`network\`, \`timeout\`, \`circuit_open\`, \`bad_answer\`, \`http_error\`, \`rate_limited\`, \`internal\` and \`not_ready\`, and with
\`unauthorized\` or \`forbidden\` where the key doesn't allow it. The page's examples are compiled by the tests.

${parts.join("\n\n")}
`;
}

function sectionOf({ name, signature, says, throws, example }: SdkMember): string {
  const throwing = throws === undefined ? [] : [`Throws: ${throws}.`];
  const code = example === undefined ? [] : [`\`\`\`ts\n${example}\n\`\`\``];
  return [`### ${name}`, `\`\`\`ts\n${signature}\n\`\`\``, says, ...throwing, ...code].join("\n\n");
}
