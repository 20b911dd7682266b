/** Asks the server something; made of `fetch`. */
export type Ask = (path: string) => Promise<Response>;

/** An answer that isn't 200, in the server's words. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** The JSON of a 200. Throws {@link Refusal} with the problem's detail for anything else; what `fetch` throws passes through. */
export async function answerOf<T>(ask: Ask, path: string): Promise<T> {
  const response = await ask(path);
  if (response.ok) return (await response.json()) as T;
  throw new Refusal(response.status, await detailOf(response));
}

async function detailOf(response: Response): Promise<string> {
  try {
    const { detail } = (await response.json()) as { detail?: unknown };
    if (typeof detail === "string") return detail;
  } catch {
    // Something between us and the server answered; its body isn't for people to read.
  }
  return `the server answered ${response.status}`;
}
