import type { Status } from "elixirscope/protocol";
import { CircleHelp, Monitor, Moon, Search, Sun } from "lucide-react";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { count, percent, shortCount } from "../domain/format.ts";
import { latestNodes, nodeLookedAt } from "../domain/node-state.ts";
import { useNode } from "../place/use-node.ts";
import { useHref } from "../place/use-place.ts";
import { useStatus } from "../server/hooks.ts";
import { AlertsMenu } from "./alerts-menu.tsx";
import { LevelControl } from "./level-control.tsx";
import { NodeMenu } from "./node-menu.tsx";
import { PanicButton } from "./panic-button.tsx";
import { PeopleMenu } from "./people-menu.tsx";
import { useTheme } from "./theme.ts";
import { ViewsMenu } from "./views-menu.tsx";

interface Props {
  readonly onPalette: () => void;
  readonly onHelp: () => void;
}

export function TopBar({ onPalette, onHelp }: Props): ReactElement {
  const status = useStatus();
  const looked = useNode();
  const node = nodeLookedAt(latestNodes(status?.nodes ?? []), looked);
  const of = looked === undefined ? undefined : node?.name;
  return (
    <header className="top-bar">
      <NodeMenu status={status} />
      {node?.state === "connected" && <LevelControl key={node.name} node={node} of={of} />}
      {canBeStopped(status) && <PanicButton />}
      <div className="top-space" />
      {status && node && <Figures status={status} />}
      <button type="button" className="palette-button" onClick={onPalette} aria-keyshortcuts="Control+K">
        <Search size={14} aria-hidden="true" />
        <span>Go to, find, do…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <PeopleMenu />
      <AlertsMenu />
      <ViewsMenu />
      <ThemeButton />
      <button type="button" className="icon-button" aria-label="Help (?)" title="Help (?)" onClick={onHelp}>
        <CircleHelp size={16} aria-hidden="true" />
      </button>
    </header>
  );
}

const canBeStopped = (status: Status | undefined): boolean =>
  status?.nodes.some(({ state }) => state === "connected" || state === "disconnected") ?? false;

function Figures({ status }: { readonly status: Status }): ReactElement {
  const looked = useNode();
  const nodes = latestNodes(status.nodes).filter(({ name }) => looked === undefined || name === looked);
  // Of several the one that pays most.
  const cost = Math.max(0, ...nodes.map((node) => node.cost.schedulerPercent));
  const connected = nodes.some(({ state }) => state === "connected");
  return (
    <dl className="figures">
      {connected && (
        <div title="CPU time that recording costs in the node, as a share of one scheduler">
          <dt>cost</dt>
          <dd>{percent(cost)} %</dd>
        </div>
      )}
      {connected && (
        <div title={`${count(status.eventsPerSecond)} events in the last second`}>
          <dt>events/s</dt>
          <dd>{shortCount(status.eventsPerSecond)}</dd>
        </div>
      )}
      <Losses status={status} />
    </dl>
  );
}

function Losses({ status }: { readonly status: Status }): ReactElement {
  const href = useHref();
  const lost = status.gaps > 0 || status.dropped > 0;
  return (
    <div
      className={lost ? "lost" : ""}
      title={lost ? "Parts of the record are missing" : "Nothing is missing"}
    >
      <dt>gaps</dt>
      <dd>
        {lost ? (
          <Link href={href({ view: "overview", process: undefined })}>
            {count(status.gaps)}
            {status.dropped > 0 && ` · ${shortCount(status.dropped)} dropped`}
          </Link>
        ) : (
          "0"
        )}
      </dd>
    </div>
  );
}

function ThemeButton(): ReactElement {
  const { theme, next } = useTheme();
  const Icon = theme === "auto" ? Monitor : theme === "light" ? Sun : Moon;
  const label = `Theme: ${theme === "auto" ? "as the system" : theme}`;
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={next}>
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}
