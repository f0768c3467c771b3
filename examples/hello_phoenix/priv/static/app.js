// The libraries' own scripts put Phoenix and LiveView on the page.
const csrf = document.querySelector("meta[name='csrf-token']").content;
const liveSocket = new LiveView.LiveSocket("/live", Phoenix.Socket, { params: { _csrf_token: csrf } });
liveSocket.connect();

const room = document.getElementById("room");
if (room) enter(room);

function enter(form) {
  const socket = new Phoenix.Socket("/socket", { params: { name: form.dataset.name } });
  socket.connect();
  const channel = socket.channel("room:lobby");
  const presence = new Phoenix.Presence(channel);
  presence.onSync(() => {
    document.getElementById("present").textContent = presence.list((name) => name).join(", ");
  });
  channel.on("said", ({ name, text }) => {
    const line = document.createElement("li");
    line.textContent = `${name}: ${text}`;
    document.getElementById("said").append(line);
  });
  channel.join().receive("ok", () => form.setAttribute("data-joined", ""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    channel.push("say", { text: form.elements.text.value });
    form.reset();
  });
}
