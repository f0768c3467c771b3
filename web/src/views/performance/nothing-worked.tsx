import type { ReactElement } from "react";
import { StateBox } from "../../parts/state-box.tsx";

/** No callbacks and no calls: which level would have had some. */
export const NothingWorked = (): ReactElement => (
  <StateBox title="No callback and no call here">
    <p>
      Callbacks of OTP processes are recorded from the level state on, calls at the level calls. A filter may
      also be too narrow.
    </p>
  </StateBox>
);
