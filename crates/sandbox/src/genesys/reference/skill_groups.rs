//! Skill groups: who has a skill well enough belongs to the group, from that moment on.

/// The rule of a skill group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SkillGroup {
    /// The skill, as a place in the list of skills.
    pub(crate) skill: usize,
    /// The least proficiency, from 1 to 5.
    pub(crate) proficiency: u8,
}

pub(super) const NAMES: &[&str] =
    &["Billing Experts", "Claims Handlers", "Onboarding Guides", "Returns Desk", "Technical Experts", "Billing Desk"];

pub(super) const GROUPS: &[SkillGroup] = &[
    SkillGroup { skill: 0, proficiency: 4 },
    SkillGroup { skill: 1, proficiency: 2 },
    SkillGroup { skill: 2, proficiency: 3 },
    SkillGroup { skill: 3, proficiency: 1 },
    SkillGroup { skill: 4, proficiency: 4 },
    SkillGroup { skill: 0, proficiency: 1 },
];
