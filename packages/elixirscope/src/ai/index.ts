export { type Asker, askModel, type ModelAnswer } from "./ask-model.ts";
