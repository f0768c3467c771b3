import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { AppFrame } from "./frame/app-frame.tsx";
import { applyTheme } from "./frame/theme.ts";
import { setToken } from "./server/ask.ts";
import { startLive } from "./server/live.ts";
import { findToken, shareToken } from "./server/token.ts";

const client = new QueryClient({
  defaultOptions: {
    // Answers go out of date by events, not by time; `useAnswer` asks again. A failed question says so at once.
    queries: { retry: false, staleTime: 0, gcTime: 10_000, refetchOnWindowFocus: false },
  },
});

applyTheme();
const token = await findToken();
setToken(token);
if (token) shareToken(token);
startLive(token);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <AppFrame />
    </QueryClientProvider>
  </StrictMode>,
);
