import type { EventChoice, ExportEventRow, FlowAnswer, FlowChoice } from "../../protocol/index.ts";
import type { Client } from "../client.ts";

/** All events that were chosen, oldest first. Holds a page of them at a time. */
export async function* exportedEvents(
  client: Client,
  choice: EventChoice & { readonly brief?: boolean },
): AsyncGenerator<ExportEventRow> {
  let afterId: number | null = choice.afterId ?? 0;
  while (afterId !== null) {
    const page: { rows: readonly ExportEventRow[]; next: number | null } = await client.call("exportEvents", {
      ...choice,
      afterId,
    });
    yield* page.rows;
    afterId = page.next;
  }
}

/** All flows that were chosen, or the one, in the order of their starts. */
export async function* exportedFlows(
  client: Client,
  choice: FlowChoice,
  one: string | undefined,
): AsyncGenerator<FlowAnswer> {
  if (one !== undefined) {
    yield await client.call("flow", { flow: one });
    return;
  }
  let after: number | null | undefined;
  while (after !== null) {
    const page: { flows: readonly FlowAnswer[]; next: number | null } = await client.call("exportFlows", {
      ...choice,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.flows;
    after = page.next;
  }
}
