import { good, type Outcome, skipped, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether e-mail can go out: the operator's mail server greets, encrypts and takes the login. Nothing is sent. */
export async function mail({ deployment: { mailFault } }: Visit): Promise<Outcome> {
  if (mailFault === undefined) return skipped("no --smtp-url was given");
  const fault = await mailFault();
  if (fault === undefined) return good("it greets and takes the login");
  return wrong(
    fault,
    "a mail server that this machine reaches, with TLS, and takes the user and password of --smtp-url",
  );
}
