// What somebody does next, by the reason of a state. Commands are the same in every language.

const AGENT_PACKAGE = "@openai/codex";

// Each step has a sentence `step.<name>` in the catalogues, and here what to copy, if there is something.
const STEPS = {
  login: (label) => `hostagent login ${label}`,
  push: (label) => `hostagent push ${label}`,
  push_all: () => "hostagent push",
  probe: (label) => `hostagent probe ${label}`,
  put_key: (label) => `accounts/${label}/.secrets/anthropic_api_key.txt`,
  open_auth: (label) => `accounts/${label}/.codex/auth.json`,
  mend_config: (label) => `accounts/${label}/.codex/config.toml`,
  install_codex: () => `npm install -g ${AGENT_PACKAGE}`,
  update_codex: () => `npm install -g ${AGENT_PACKAGE}@latest`,
  wait: null,
  ask_workspace: null,
  check_access: null,
  add_credit: null,
  ask_organisation: null,
  raise_limit: null,
  choose_model: null,
  read_log: null,
  check_plan: null,
};

const STEP_BY_REASON = {
  login_required: "login",
  login_expired: "login",
  api_key_login: "login",
  unauthorized: "login",
  email_differs: "login",
  wrong_credentials: "put_key",
  key_missing: "put_key",
  auth_unreadable: "open_auth",
  config_invalid: "mend_config",
  codex_missing: "install_codex",
  codex_too_old: "update_codex",
  codex_failed: "probe",
  bad_payload: "update_codex",
  auth_temporary: "wait",
  upstream_throttled: "wait",
  upstream_error: "wait",
  network: "wait",
  timeout: "wait",
  workspace_config: "ask_workspace",
  forbidden: "check_access",
  out_of_credit: "add_credit",
  org_disabled: "ask_organisation",
  spend_limit: "raise_limit",
  model_unknown: "choose_model",
  internal: "read_log",
  host_silent: "push_all",
  reading_old: "push",
  pending: "push",
  plan_differs: "check_plan",
};

// `{ name, command }`, or null where there is nothing to do. `command` is null where a sentence says it all.
export function findStep(reason, label) {
  if (!Object.hasOwn(STEP_BY_REASON, reason)) return null;
  const name = STEP_BY_REASON[reason];
  return { name, command: STEPS[name]?.(label) ?? null };
}
