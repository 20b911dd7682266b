import { type Command, Option } from "commander";
import packageFile from "../../package.json" with { type: "json" };
import { readAddress } from "./address.ts";
import { named } from "./flag-error.ts";

interface McpFlags {
  readonly url: string;
}

/** `vyx mcp`: tools for an agent on this machine, over a server anywhere. */
export function mcpCommand(program: Command): void {
  program
    .command("mcp")
    .description(
      "Offer a server's market data and screening to an agent, by the Model Context Protocol over stdin and stdout.\n" +
        "The key is read from VYX_API_KEY; its scopes decide what the agent may do: read, screen, and trade for traders.",
    )
    .addOption(new Option("--url <URL>", "the server's URL").default("http://127.0.0.1:8080").env("VYX_URL"))
    .action(async ({ url }: McpFlags) => {
      const apiKey = process.env.VYX_API_KEY;
      const options = {
        url: named("url", () => readAddress(url, ["http:", "https:"])),
        maxTries: 2,
        ...(apiKey ? { apiKey } : {}),
      };
      const { serveStdio } = await import("../mcp/mod.ts");
      await serveStdio(options, packageFile.version);
    });
}
