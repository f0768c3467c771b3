import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import type { AskError } from "../../server/ask.ts";

interface Props<T> {
  readonly answer: UseQueryResult<T, AskError>;
  readonly isEmpty: (data: T) => boolean;
  /** What it says where there is nothing, and how to get something. */
  readonly empty: ReactElement;
  readonly children: (data: T) => ReactNode;
}

/** An answer in each of its states: on its way, refused, empty, there. */
export function AnswerBox<T>({ answer: { data, error }, isEmpty, empty, children }: Props<T>): ReactElement {
  if (error && !data) {
    return (
      <StateBox title="This cannot be shown" tone="failure">
        <p>{error.message}</p>
      </StateBox>
    );
  }
  if (!data) return <LoadingRows />;
  return isEmpty(data) ? empty : <>{children(data)}</>;
}
