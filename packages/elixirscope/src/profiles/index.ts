export { dropProfile, profileNamed, profilesPath, readProfiles, saveProfile } from "./profile-file.ts";
export { withProfile } from "./with-profile.ts";
