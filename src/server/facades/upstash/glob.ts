/**
 * Tells which texts match a pattern of Redis: `*` for any characters, `?` for one, `[abc]` and `[a-c]` for one of some, `[^a]` for one of the
 * others, a backslash before what is meant as it stands. In time that grows with the product of both lengths at most.
 */
export function globOf(pattern: string): (text: string) => boolean {
  const tokens = tokensOf(pattern);
  return (text) => matches(tokens, text);
}

function matches(tokens: readonly Token[], text: string): boolean {
  let [at, token] = [0, 0];
  // Where to go on from if what follows the last `*` doesn't fit.
  let [starAt, starToken] = [0, -1];
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === "any") {
      [starAt, starToken] = [at, token];
      token += 1;
    } else if (wanted?.(text[at] as string) === true) {
      at += 1;
      token += 1;
    } else if (starToken >= 0) {
      starAt += 1;
      [at, token] = [starAt, starToken + 1];
    } else return false;
  }
  while (tokens[token] === "any") token += 1;
  return token === tokens.length;
}

type Token = "any" | ((character: string) => boolean);

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] as string;
    if (character === "*") tokens.push("any");
    else if (character === "?") tokens.push(() => true);
    else if (character === "[" && pattern.includes("]", at + 1)) {
      const end = pattern.indexOf("]", at + 1);
      tokens.push(oneOf(pattern.slice(at + 1, end)));
      at = end;
    } else {
      const isEscaped = character === "\\" && at + 1 < pattern.length;
      if (isEscaped) at += 1;
      const meant = pattern[at] as string;
      tokens.push((found) => found === meant);
    }
  }
  return tokens;
}

function oneOf(inside: string): (character: string) => boolean {
  const isNot = inside.startsWith("^");
  const all = isNot ? inside.slice(1) : inside;
  const ranges: [string, string][] = [];
  for (let at = 0; at < all.length; at += 1) {
    const isRange = all[at + 1] === "-" && at + 2 < all.length;
    ranges.push([all[at] as string, all[isRange ? at + 2 : at] as string]);
    if (isRange) at += 2;
  }
  return (character) => ranges.some(([low, high]) => character >= low && character <= high) !== isNot;
}
