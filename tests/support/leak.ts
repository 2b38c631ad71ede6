/** What no refusal may hold: a stack, a statement, a path of the machine, the name or version of anything it stands on. */
export const LEAK =
  /\bat .+\.[jt]s:\d|node_modules|\bselect .+ from\b|insert into|syntax error|sqlite|postgres|sequelize|express|\/(tmp|home|work|root|usr)\//i;
