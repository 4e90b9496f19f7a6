//! SKU numbers: what `GetProductInfo` returns and the policy `Kernel-ProductInfo` holds, and the first number of
//! `OSProductPfn` (`Microsoft.Windows.48.X19-98843_8wekyb3d8bbwe`).
//!
//! Numbers and names: winnt.h (`PRODUCT_…`) and MS-MDE2 section 2.2.9.6. EditionIDs: the same editions in pkeyconfig. Seen in real hives:
//! 1 Ultimate (7), 72 EnterpriseEval (8.1), 121 Education (10). Only editions of clients and servers that a key can belong to are listed.

use core::fmt;

/// What `GetProductInfo` returns for a Windows whose grace period is over.
const UNLICENSED: u32 = 0xABCD_ABCD;

/// A SKU number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sku(pub u32);

/// Number, EditionID, name in winnt.h; sorted by number.
const SKUS: &[(u32, &str, &str)] = &[
    (1, "Ultimate", "PRODUCT_ULTIMATE"),
    (2, "HomeBasic", "PRODUCT_HOME_BASIC"),
    (3, "HomePremium", "PRODUCT_HOME_PREMIUM"),
    (4, "Enterprise", "PRODUCT_ENTERPRISE"),
    (5, "HomeBasicN", "PRODUCT_HOME_BASIC_N"),
    (6, "Business", "PRODUCT_BUSINESS"),
    (7, "ServerStandard", "PRODUCT_STANDARD_SERVER"),
    (8, "ServerDatacenter", "PRODUCT_DATACENTER_SERVER"),
    (9, "ServerSBSStandard", "PRODUCT_SMALLBUSINESS_SERVER"),
    (10, "ServerEnterprise", "PRODUCT_ENTERPRISE_SERVER"),
    (11, "Starter", "PRODUCT_STARTER"),
    (12, "ServerDatacenterCore", "PRODUCT_DATACENTER_SERVER_CORE"),
    (13, "ServerStandardCore", "PRODUCT_STANDARD_SERVER_CORE"),
    (14, "ServerEnterpriseCore", "PRODUCT_ENTERPRISE_SERVER_CORE"),
    (15, "ServerEnterpriseIA64", "PRODUCT_ENTERPRISE_SERVER_IA64"),
    (16, "BusinessN", "PRODUCT_BUSINESS_N"),
    (17, "ServerWeb", "PRODUCT_WEB_SERVER"),
    (18, "ServerHPC", "PRODUCT_CLUSTER_SERVER"),
    (19, "ServerHomeStandard", "PRODUCT_HOME_SERVER"),
    (20, "ServerStorageExpress", "PRODUCT_STORAGE_EXPRESS_SERVER"),
    (21, "ServerStorageStandard", "PRODUCT_STORAGE_STANDARD_SERVER"),
    (22, "ServerStorageWorkgroup", "PRODUCT_STORAGE_WORKGROUP_SERVER"),
    (23, "ServerStorageEnterprise", "PRODUCT_STORAGE_ENTERPRISE_SERVER"),
    (24, "ServerWinSB", "PRODUCT_SERVER_FOR_SMALLBUSINESS"),
    (25, "ServerSBSPremium", "PRODUCT_SMALLBUSINESS_SERVER_PREMIUM"),
    (26, "HomePremiumN", "PRODUCT_HOME_PREMIUM_N"),
    (27, "EnterpriseN", "PRODUCT_ENTERPRISE_N"),
    (28, "UltimateN", "PRODUCT_ULTIMATE_N"),
    (29, "ServerWebCore", "PRODUCT_WEB_SERVER_CORE"),
    (33, "ServerWinFoundation", "PRODUCT_SERVER_FOUNDATION"),
    (34, "ServerHomePremium", "PRODUCT_HOME_PREMIUM_SERVER"),
    (35, "ServerWinSBV", "PRODUCT_SERVER_FOR_SMALLBUSINESS_V"),
    (36, "ServerStandardV", "PRODUCT_STANDARD_SERVER_V"),
    (37, "ServerDatacenterV", "PRODUCT_DATACENTER_SERVER_V"),
    (38, "ServerEnterpriseV", "PRODUCT_ENTERPRISE_SERVER_V"),
    (39, "ServerDatacenterVCore", "PRODUCT_DATACENTER_SERVER_CORE_V"),
    (40, "ServerStandardVCore", "PRODUCT_STANDARD_SERVER_CORE_V"),
    (41, "ServerEnterpriseVCore", "PRODUCT_ENTERPRISE_SERVER_CORE_V"),
    (42, "ServerHyperCore", "PRODUCT_HYPERV"),
    (47, "StarterN", "PRODUCT_STARTER_N"),
    (48, "Professional", "PRODUCT_PROFESSIONAL"),
    (49, "ProfessionalN", "PRODUCT_PROFESSIONAL_N"),
    (50, "ServerSolution", "PRODUCT_SB_SOLUTION_SERVER"),
    (51, "ServerForSBSolutions", "PRODUCT_SERVER_FOR_SB_SOLUTIONS"),
    (56, "ServerEmbeddedSolution", "PRODUCT_SOLUTION_EMBEDDEDSERVER"),
    (65, "Embedded", "PRODUCT_EMBEDDED"),
    (66, "StarterE", "PRODUCT_STARTER_E"),
    (67, "HomeBasicE", "PRODUCT_HOME_BASIC_E"),
    (68, "HomePremiumE", "PRODUCT_HOME_PREMIUM_E"),
    (69, "ProfessionalE", "PRODUCT_PROFESSIONAL_E"),
    (70, "EnterpriseE", "PRODUCT_ENTERPRISE_E"),
    (71, "UltimateE", "PRODUCT_ULTIMATE_E"),
    (72, "EnterpriseEval", "PRODUCT_ENTERPRISE_EVALUATION"),
    (76, "ServerMultiPointStandard", "PRODUCT_MULTIPOINT_STANDARD_SERVER"),
    (77, "ServerMultiPointPremium", "PRODUCT_MULTIPOINT_PREMIUM_SERVER"),
    (79, "ServerStandardEval", "PRODUCT_STANDARD_EVALUATION_SERVER"),
    (80, "ServerDatacenterEval", "PRODUCT_DATACENTER_EVALUATION_SERVER"),
    (84, "EnterpriseNEval", "PRODUCT_ENTERPRISE_N_EVALUATION"),
    (89, "EmbeddedIndustry", "PRODUCT_EMBEDDED_INDUSTRY"),
    (91, "EmbeddedIndustryE", "PRODUCT_EMBEDDED_INDUSTRY_E"),
    (95, "ServerStorageWorkgroupEval", "PRODUCT_STORAGE_WORKGROUP_EVALUATION_SERVER"),
    (96, "ServerStorageStandardEval", "PRODUCT_STORAGE_STANDARD_EVALUATION_SERVER"),
    (97, "CoreARM", "PRODUCT_CORE_ARM"),
    (98, "CoreN", "PRODUCT_CORE_N"),
    (99, "CoreCountrySpecific", "PRODUCT_CORE_COUNTRYSPECIFIC"),
    (100, "CoreSingleLanguage", "PRODUCT_CORE_SINGLELANGUAGE"),
    (101, "Core", "PRODUCT_CORE"),
    (103, "ProfessionalWMC", "PRODUCT_PROFESSIONAL_WMC"),
    (110, "ServerCloudStorage", "PRODUCT_CLOUD_STORAGE_SERVER"),
    (119, "PPIPro", "PRODUCT_PPI_PRO"),
    (120, "ServerARM64", "PRODUCT_ARM64_SERVER"),
    (121, "Education", "PRODUCT_EDUCATION"),
    (122, "EducationN", "PRODUCT_EDUCATION_N"),
    (123, "IoTUAP", "PRODUCT_IOTUAP"),
    (124, "ServerHI", "PRODUCT_CLOUD_HOST_INFRASTRUCTURE_SERVER"),
    (125, "EnterpriseS", "PRODUCT_ENTERPRISE_S"),
    (126, "EnterpriseSN", "PRODUCT_ENTERPRISE_S_N"),
    (129, "EnterpriseSEval", "PRODUCT_ENTERPRISE_S_EVALUATION"),
    (130, "EnterpriseSNEval", "PRODUCT_ENTERPRISE_S_N_EVALUATION"),
    (138, "ProfessionalSingleLanguage", "PRODUCT_PRO_SINGLE_LANGUAGE"),
    (139, "ProfessionalCountrySpecific", "PRODUCT_PRO_CHINA"),
    (140, "EnterpriseSubscription", "PRODUCT_ENTERPRISE_SUBSCRIPTION"),
    (141, "EnterpriseSubscriptionN", "PRODUCT_ENTERPRISE_SUBSCRIPTION_N"),
    (143, "ServerDatacenterNano", "PRODUCT_DATACENTER_NANO_SERVER"),
    (144, "ServerStandardNano", "PRODUCT_STANDARD_NANO_SERVER"),
    (145, "ServerDatacenterACor", "PRODUCT_DATACENTER_A_SERVER_CORE"),
    (146, "ServerStandardACor", "PRODUCT_STANDARD_A_SERVER_CORE"),
    (147, "ServerDatacenterCor", "PRODUCT_DATACENTER_WS_SERVER_CORE"),
    (148, "ServerStandardCor", "PRODUCT_STANDARD_WS_SERVER_CORE"),
    (159, "ServerDatacenterEvalCor", "PRODUCT_DATACENTER_EVALUATION_SERVER_CORE"),
    (160, "ServerStandardEvalCor", "PRODUCT_STANDARD_EVALUATION_SERVER_CORE"),
    (161, "ProfessionalWorkstation", "PRODUCT_PRO_WORKSTATION"),
    (162, "ProfessionalWorkstationN", "PRODUCT_PRO_WORKSTATION_N"),
    (164, "ProfessionalEducation", "PRODUCT_PRO_FOR_EDUCATION"),
    (165, "ProfessionalEducationN", "PRODUCT_PRO_FOR_EDUCATION_N"),
    (168, "ServerAzureCor", "PRODUCT_AZURE_SERVER_CORE"),
    (169, "ServerAzureNano", "PRODUCT_AZURE_NANO_SERVER"),
    (171, "EnterpriseG", "PRODUCT_ENTERPRISEG"),
    (172, "EnterpriseGN", "PRODUCT_ENTERPRISEGN"),
    (175, "ServerRdsh", "PRODUCT_SERVERRDSH"),
    (178, "Cloud", "PRODUCT_CLOUD"),
    (179, "CloudN", "PRODUCT_CLOUDN"),
    (188, "IoTEnterprise", "PRODUCT_IOTENTERPRISE"),
    (191, "IoTEnterpriseS", "PRODUCT_IOTENTERPRISES"),
    (202, "CloudEditionN", "PRODUCT_CLOUDEDITIONN"),
    (203, "CloudEdition", "PRODUCT_CLOUDEDITION"),
    (205, "IoTEnterpriseSK", "PRODUCT_IOTENTERPRISESK"),
    (206, "IoTEnterpriseK", "PRODUCT_IOTENTERPRISEK"),
    (207, "IoTEnterpriseSEval", "PRODUCT_IOTENTERPRISESEVAL"),
    (406, "ServerAzureStackHCICor", "PRODUCT_AZURESTACKHCI_SERVER_CORE"),
    (407, "ServerTurbine", "PRODUCT_DATACENTER_SERVER_AZURE_EDITION"),
    (408, "ServerTurbineCor", "PRODUCT_DATACENTER_SERVER_CORE_AZURE_EDITION"),
];

impl Sku {
    /// EditionID of the edition, such as `ServerStandard`.
    #[must_use]
    pub fn edition_id(self) -> Option<&'static str> {
        self.row().map(|(_, edition_id, _)| *edition_id)
    }

    /// Microsoft's name of the number, such as `PRODUCT_STANDARD_SERVER`.
    #[must_use]
    pub fn constant(self) -> Option<&'static str> {
        self.row().map(|(.., constant)| *constant)
    }

    /// Whether Windows counts itself as unlicensed: neither activated nor in a grace period.
    #[must_use]
    pub fn is_unlicensed(self) -> bool {
        self.0 == UNLICENSED
    }

    /// The SKU of an edition.
    #[must_use]
    pub fn of_edition(edition_id: &str) -> Option<Self> {
        SKUS.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(edition_id)).map(|(number, ..)| Self(*number))
    }

    /// SKU and part number out of an `OSProductPfn` of ProductOptions: `Microsoft.Windows.48.X19-98843_8wekyb3d8bbwe`.
    ///
    /// Together they name the configuration by which the running Windows was licensed when the value was written. Seen on
    /// clients only.
    #[must_use]
    pub fn of_product_pfn(pfn: &str) -> Option<(Self, &str)> {
        let rest = pfn.trim().strip_prefix("Microsoft.Windows.")?;
        let (number, rest) = rest.split_once('.')?;
        let (part_number, _) = rest.split_once('_')?;
        Some((Self(number.parse().ok()?), part_number))
    }

    fn row(self) -> Option<&'static (u32, &'static str, &'static str)> {
        let at = SKUS.binary_search_by_key(&self.0, |(number, ..)| *number).ok()?;
        SKUS.get(at)
    }
}

/// The number and, if it is known, its edition: `7 (ServerStandard)`.
impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.edition_id() {
            Some(edition_id) => write!(f, "{} ({edition_id})", self.0),
            None if self.is_unlicensed() => write!(f, "{:#010X} (unlicensed)", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_and_editions_unique() {
        assert!(SKUS.is_sorted_by(|a, b| a.0 < b.0));
        for (number, edition_id, constant) in SKUS {
            assert_eq!(Sku::of_edition(edition_id), Some(Sku(*number)), "{edition_id}");
            assert_eq!((Sku(*number).edition_id(), Sku(*number).constant()), (Some(*edition_id), Some(*constant)));
        }
    }

    #[test]
    fn numbers_and_editions() {
        for (number, edition_id) in [
            (7, "ServerStandard"),
            (8, "ServerDatacenter"),
            (0x0D, "ServerStandardCore"),
            (0x0C, "ServerDatacenterCore"),
            (0x4F, "ServerStandardEval"),
            (0x50, "ServerDatacenterEval"),
            (0xA0, "ServerStandardEvalCor"),
            (0x9F, "ServerDatacenterEvalCor"),
            (0x91, "ServerDatacenterACor"),
            (0x92, "ServerStandardACor"),
            (48, "Professional"),
            (4, "Enterprise"),
            (121, "Education"),
            (1, "Ultimate"),
            (72, "EnterpriseEval"),
        ] {
            assert_eq!(Sku(number).edition_id(), Some(edition_id));
        }
        for number in [0, 73, u32::MAX, UNLICENSED] {
            assert_eq!(Sku(number).edition_id(), None);
        }
    }

    #[test]
    fn texts() {
        assert_eq!(Sku(7).to_string(), "7 (ServerStandard)");
        assert_eq!(Sku(9999).to_string(), "9999");
        assert_eq!(Sku(UNLICENSED).to_string(), "0xABCDABCD (unlicensed)");
        let pfn = |text| Sku::of_product_pfn(text);
        assert_eq!(pfn("Microsoft.Windows.48.X19-98843_8wekyb3d8bbwe"), Some((Sku(48), "X19-98843")));
        for text in ["", "Microsoft.Windows.", "Microsoft.Windows.x.X19_8", "Microsoft.Windows.48.X19-98843"] {
            assert_eq!(pfn(text), None, "{text}");
        }
    }
}
