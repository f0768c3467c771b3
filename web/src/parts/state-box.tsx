import type { ReactElement, ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly children?: ReactNode;
  readonly tone?: "calm" | "failure";
}

/** What stands in place of content: nothing yet, nothing that matches, or an error that says what to do. */
export function StateBox({ title, children, tone = "calm" }: Props): ReactElement {
  return (
    <div className={`state-box ${tone}`} role={tone === "failure" ? "alert" : "status"}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Grey lines in the shape of rows while the first answer is on its way: nothing moves when it comes. */
export function LoadingRows({ rows = 12 }: { readonly rows?: number }): ReactElement {
  return (
    <div className="loading-rows" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="loading-row" />
      ))}
    </div>
  );
}
