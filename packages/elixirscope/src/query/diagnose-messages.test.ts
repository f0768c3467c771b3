import { expect, it } from "vitest";
import { unhandledLog } from "./diagnose-messages.ts";

it.each([
  [
    "GenServer no_handle_info\nreport: %{message: {:reading, 12}, module: Display, name: Display}",
    { callback: "handle_info/2", message: "{:reading, 12}" },
  ],
  [
    "gen_server no_handle_info\nmodule: :display\nmessage: {:reading, 12}\nname: :display",
    { callback: "handle_info/2", message: "{:reading, 12}" },
  ],
  [
    "undefined handle_info in ShopWeb.CartLive. Unhandled message: {:count, 3}",
    { callback: "handle_info/2", message: "{:count, 3}" },
  ],
  [
    "** Undefined handle_info in ShopWeb.CartLive\n** Unhandled message: {:count, 3}\n",
    { callback: "handle_info/2", message: "{:count, 3}" },
  ],
  ["Running ShopWeb.Endpoint", undefined],
])("reads %j", (text, told) => {
  expect(unhandledLog(text)).toEqual(told);
});
