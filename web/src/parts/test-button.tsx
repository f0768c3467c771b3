import type { GenerateTestsInput } from "elixirscope/protocol";
import { FlaskConical } from "lucide-react";
import { lazy, type ReactElement, Suspense, useState } from "react";

const TestDialog = lazy(() => import("./test-dialog.tsx").then((all) => ({ default: all.TestDialog })));

/** Shows ExUnit tests of one thing that was recorded. */
export function TestButton({ of }: { readonly of: GenerateTestsInput }): ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="link-button why-link"
        title="ExUnit tests of what was recorded of it"
        onClick={() => setOpen(true)}
      >
        <FlaskConical size={13} aria-hidden="true" /> test
      </button>
      {open && (
        <Suspense>
          <TestDialog of={of} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
