import type { Config } from "@/api/types";
import { plural } from "@/ui/figures";

/** Where the code goes and how long it stays, beside the button that sends it. */
export function WhereItGoes({ config, asksModel }: { config: Config | undefined; asksModel: boolean }) {
  return <p className="min-w-0 flex-1 basis-52 text-xs text-pretty text-ink-3">{sentence(config, asksModel)}</p>;
}

export function sentence(config: Config | undefined, asksModel: boolean): string {
  const where = "Your code goes to this server and runs there in a sandbox without network.";
  if (!config) return where;
  const model =
    config.llm.available && asksModel ? `It is also sent to ${config.llm.name}.` : "It is sent to nobody else.";
  return `${where} ${model} ${kept(config)}`;
}

function kept(config: Config): string {
  if (!config.keep_code) return "The code itself is not kept.";
  return config.retention_days
    ? `It is kept for ${plural(config.retention_days, "day")}, or until you delete it.`
    : "It is kept until you delete it.";
}
