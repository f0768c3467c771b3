export { askModel } from "./ask-model.ts";
