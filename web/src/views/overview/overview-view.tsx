import type { ReactElement } from "react";
import { InstantNote } from "../../parts/instant-note.tsx";
import { LoadingRows } from "../../parts/state-box.tsx";
import { useStatus } from "../../server/hooks.ts";
import { ConnectPanel } from "../connect/connect-panel.tsx";
import { QuietHint } from "../connect/quiet-hint.tsx";
import { AnomalyPanel } from "./anomaly-panel.tsx";
import { CrashPanel } from "./crash-panel.tsx";
import { GapPanel } from "./gap-panel.tsx";
import { KeyFigures } from "./key-figures.tsx";
import { NodePanel } from "./node-panel.tsx";
import { RatePanel } from "./rate-panel.tsx";
import { SlowFlows } from "./slow-flows.tsx";
import { TopProcesses } from "./top-processes.tsx";
import { UnheardPanel } from "./unheard-panel.tsx";
import { UnusualPanel } from "./unusual-panel.tsx";

/** How the node is at this moment, and what in it deserves a look. */
export function OverviewView(): ReactElement {
  const status = useStatus();
  if (!status) return <LoadingRows />;
  const node = status.nodes[0];
  if (!node) {
    return (
      <div className="overview">
        <div className="welcome">
          <h1>Attach to a running system</h1>
          <p className="muted">Nothing is added to it, and nothing stays when you leave.</p>
          <ConnectPanel />
        </div>
      </div>
    );
  }
  const quiet = node.state === "connected" && status.eventsPerSecond === 0;
  return (
    <div className="overview">
      <h1 className="visually-hidden">Now</h1>
      <InstantNote ofNow />
      <KeyFigures status={status} />
      <div className="panels">
        <div className="panel-column">
          <RatePanel status={status} />
          <TopProcesses />
          {quiet && (
            <section className="panel hint" aria-label="Quiet">
              <h2>It is quiet</h2>
              <QuietHint />
            </section>
          )}
        </div>
        <div className="panel-column">
          <NodePanel status={status} />
          <UnheardPanel />
          <CrashPanel />
          <UnusualPanel status={status} />
          <AnomalyPanel />
          <SlowFlows />
          <GapPanel status={status} />
          {(node.state === "ended" || node.state === "disconnected") && (
            <section className="panel">
              <ConnectPanel />
            </section>
          )}
        </div>
      </div>
    </div>
  );
}
