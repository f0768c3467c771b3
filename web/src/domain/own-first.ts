import type { TreeNode } from "elixirscope/protocol";

// What comes with Erlang/OTP and Elixir: below the application somebody is working on.
const RUNTIME = new Set(
  "kernel stdlib elixir logger iex mix eex ex_unit hex ssl crypto public_key asn1 inets runtime_tools compiler sasl os_mon syntax_tools xmerl tools ssh snmp mnesia observer wx".split(
    " ",
  ),
);

// Libraries that run processes in many applications: above what somebody works on, but seldom it.
const LIBRARIES = new Set(
  `amqp bamboo bandit bcrypt_elixir broadway cachex castore cldr cowboy cowboy_telemetry db_connection decimal dns_cluster ecto ecto_sql esbuild expo
  file_system finch floki fuse gen_stage gettext gproc guardian hackney heroicons horde hpax httpoison jason libcluster lager mime mint mint_web_socket
  mnesia_rocksdb myxql nimble_options nimble_ownership nimble_pool oban opentelemetry opentelemetry_api opentelemetry_exporter phoenix phoenix_ecto phoenix_html
  phoenix_live_dashboard phoenix_live_reload phoenix_live_view phoenix_pubsub phoenix_template plug plug_cowboy plug_crypto poolboy postgrex prom_ex
  quantum ranch recon redix req sentry swarm swoosh tailwind telemetry telemetry_metrics telemetry_poller tesla thousand_island tzdata ueberauth websock
  websock_adapter`.split(/\s+/),
);

const rank = ({ type, key }: TreeNode): number => {
  if (type !== "application") return 3;
  const name = key.replace(/^app:/, "").replace(/^:/, "");
  if (RUNTIME.has(name)) return 2;
  return LIBRARIES.has(name) ? 1 : 0;
};

/** Roots of the tree with the user's own applications first, libraries and those of the runtime next, the rest last. */
export const ownFirst = (roots: readonly TreeNode[]): readonly TreeNode[] =>
  roots.toSorted((a, b) => rank(a) - rank(b));

/** Is it an application of the runtime, which starts folded? */
export const isRuntime = (node: TreeNode): boolean => rank(node) === 2;
