import type { ProcessDetail } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { isExpectedReason } from "../../domain/exits.ts";
import { bytes, count, offset } from "../../domain/format.ts";
import { TermInline } from "../../parts/term-inline.tsx";

/** Who it is and how it is. */
export function ProcessFacts({ process }: { readonly process: ProcessDetail }): ReactElement {
  const reason = process.exitReason?.text;
  return (
    <dl className="facts">
      <dt>pid</dt>
      <dd className="mono">
        {process.pid} <span className="muted">{process.handle}</span>
      </dd>
      {process.name && <Fact name="name" value={process.name} mono />}
      {process.application && <Fact name="application" value={process.application} mono />}
      <Fact name="started by" value={process.initialCall || "–"} mono />
      {process.names.length > 0 && <Fact name="also named" value={process.names.join(", ")} mono />}
      {process.alive && <Fact name="now in" value={process.currentFunction || "–"} mono />}
      <Fact name="state" value={process.alive ? (process.status ?? "alive") : "ended"} />
      {!process.alive && reason !== undefined && (
        <>
          <dt>reason</dt>
          <dd className={isExpectedReason(reason) ? "wrap" : "wrap failure-text"}>
            <TermInline text={reason} />
          </dd>
        </>
      )}
      <Fact name="memory" value={process.memory === null ? "not sampled" : bytes(process.memory)} />
      <Fact
        name="mailbox"
        value={process.mailbox === null ? "not sampled" : `${count(process.mailbox)} waiting`}
      />
      <Fact
        name="reductions"
        value={process.reductions === null ? "not sampled" : count(process.reductions)}
      />
      <Fact
        name="since"
        value={
          process.spawnedAt === null || process.spawnedAt <= 0
            ? "before the recording"
            : offset(process.spawnedAt)
        }
      />
      {process.exitedAt !== null && <Fact name="until" value={offset(process.exitedAt)} />}
    </dl>
  );
}

function Fact({
  name,
  value,
  mono = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly mono?: boolean;
}): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd className={mono ? "mono wrap" : undefined}>{value}</dd>
    </>
  );
}
